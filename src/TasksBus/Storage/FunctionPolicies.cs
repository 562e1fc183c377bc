using System.Collections.Frozen;
using TasksBus.Contracts;

namespace TasksBus.Storage;

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
        _pools.Count == 0 ? PoolNames.Default
        : _pools.GetValueOrDefault(functionName)
        ?? (HasMore(functionName) && FunctionName.Parse(functionName) is { } name ? _pools.GetValueOrDefault(name.Name) : null)
        ?? PoolNames.Default;

    private (FunctionPolicy Policy, bool IsItself)? Find(string functionName) =>
        _functions.TryGetValue(functionName, out var named) ? (named, true)
        : _functions.Count > 0 && HasMore(functionName) && FunctionName.Parse(functionName) is { } name && _functions.TryGetValue(name.Name, out var function)
            && (name.Account is null || function.Account is null || name.Account == function.Account)
            ? (function, name.Qualifier is null or FunctionName.Latest)
        : null;

    /// <summary>Whether it says more than a name: a qualifier or an account.</summary>
    private static bool HasMore(string functionName) => functionName.Contains(':', StringComparison.Ordinal);
}
