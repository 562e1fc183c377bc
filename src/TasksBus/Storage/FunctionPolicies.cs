using System.Collections.Frozen;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>What a function's settings mean for its tasks.</summary>
/// <param name="IsEnabled">Whether its tasks may start.</param>
/// <param name="TimeLimit">How long it may run; null: as long as the server lets any function run.</param>
/// <param name="DefaultPriority">The priority of tasks that are scheduled without one.</param>
/// <param name="IsRetried">Whether tasks that fail are retried.</param>
/// <param name="ErrorsToRetry">The names of the errors that are retried; none: every error.</param>
public sealed record FunctionPolicy(bool IsEnabled, TimeSpan? TimeLimit, long DefaultPriority, bool IsRetried, IReadOnlyList<string> ErrorsToRetry)
{
    /// <summary>For a function that is not managed here.</summary>
    public static readonly FunctionPolicy Unmanaged = new(true, null, 0, false, []);

    /// <summary>Who may run the function for an answer: <c>permissionRequired</c>, <c>allUsers</c> or <c>public</c>.</summary>
    public string PermissionMode { get; init; } = "permissionRequired";

    /// <summary>The account of AWS in which it is; null: ARNs of every account lead to it.</summary>
    public string? Account { get; init; }

    /// <summary>How long the function may run, where none may run longer than <paramref name="most"/>.</summary>
    public TimeSpan TimeLimitWithin(TimeSpan most) => TimeLimit < most ? TimeLimit.Value : most;
}

/// <summary>The managed functions at one moment, and the pools of functions.</summary>
/// <param name="revision">Names that moment: the store has another one after each change.</param>
/// <param name="functions">The managed functions.</param>
/// <param name="pools">The pools of functions, managed here or not; of those that are missing it is the default one.</param>
public sealed class FunctionPolicies(Guid revision, IEnumerable<KeyValuePair<string, FunctionPolicy>> functions, IEnumerable<KeyValuePair<string, string>> pools)
{
    private readonly FrozenDictionary<string, FunctionPolicy> _functions = functions.ToFrozenDictionary(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, string> _pools = pools.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Before they are read for the first time: a revision that no store has.</summary>
    public static FunctionPolicies NotRead { get; } = new(Guid.AllBitsSet, [], []);

    public Guid Revision { get; } = revision;

    /// <summary>Whether the managed function itself is what a task names, not a version or an alias: what they run was not deployed here.</summary>
    /// <param name="functionName">As a task names it.</param>
    public bool Contains(string functionName) => Find(functionName) is { IsItself: true };

    /// <param name="functionName">As a task names it: by each name that leads to a managed function its settings hold.</param>
    public FunctionPolicy Of(string functionName) => Find(functionName) switch
    {
        null => FunctionPolicy.Unmanaged,
        { IsItself: true } found => found.Policy,
        // Whom its owner lets run it may not therefore run any version that it ever had.
        { } other => other.Policy with { PermissionMode = FunctionPolicy.Unmanaged.PermissionMode },
    };

    /// <summary>The pool whose workers run a function.</summary>
    /// <param name="functionName">As a task names it: a pool of just that, or else of the name in it.</param>
    public string PoolOf(string functionName) =>
        _pools.Count == 0 ? TaskRecord.DefaultPool
        : _pools.GetValueOrDefault(functionName)
        ?? (HasMore(functionName) && FunctionName.Parse(functionName) is { } name ? _pools.GetValueOrDefault(name.Name) : null)
        ?? TaskRecord.DefaultPool;

    private (FunctionPolicy Policy, bool IsItself)? Find(string functionName) =>
        _functions.TryGetValue(functionName, out var named) ? (named, true)
        : _functions.Count > 0 && HasMore(functionName) && FunctionName.Parse(functionName) is { } name && _functions.TryGetValue(name.Name, out var function)
            && (name.Account is null || function.Account is null || name.Account == function.Account)
            ? (function, name.Qualifier is null or FunctionName.Latest)
        : null;

    /// <summary>Whether it says more than a name: a qualifier or an account.</summary>
    private static bool HasMore(string functionName) => functionName.Contains(':', StringComparison.Ordinal);
}
