using System.Collections.Frozen;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The managed functions at one moment, and the pools of functions.</summary>
/// <param name="revision">Identifies the moment. The store has another revision after each change.</param>
/// <param name="functions">The managed functions.</param>
/// <param name="pools">The pools of functions, managed here or not. Functions without an entry are in the default pool.</param>
public sealed class FunctionPolicies(
    Guid revision, IEnumerable<KeyValuePair<string, FunctionPolicy>> functions, IEnumerable<KeyValuePair<string, string>> pools)
{
    private readonly FrozenDictionary<string, FunctionPolicy> _functions = functions.ToFrozenDictionary(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, string> _pools = pools.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The value before the first read: a revision that no store has.</summary>
    public static FunctionPolicies NotRead { get; } = new(Guid.AllBitsSet, [], []);

    /// <summary>Identifies the moment. The store has another revision after each change.</summary>
    public Guid Revision { get; } = revision;

    /// <summary>
    /// Returns true when a task names the managed function itself, not a version or an alias, whose code was not deployed here.
    /// </summary>
    /// <param name="functionName">The name in the task.</param>
    public bool Contains(string functionName) => Find(functionName) is { IsItself: true };

    /// <param name="functionName">The name in the task. The settings of a managed function apply to every name that leads to it.</param>
    public FunctionPolicy Of(string functionName) => Find(functionName) switch
    {
        null => FunctionPolicy.Unmanaged,
        { IsItself: true } found => found.Policy,
        // A caller who may run the function may not therefore run every version that it ever had.
        { } other => other.Policy with { PermissionMode = FunctionPolicy.Unmanaged.PermissionMode },
    };

    /// <summary>The pool whose workers run a function.</summary>
    /// <param name="functionName">The name in the task. A pool of exactly this name takes precedence over the pool of the function's own
    /// name.</param>
    public string PoolOf(string functionName) =>
        _pools.Count == 0 ? PoolNames.Default
        : _pools.GetValueOrDefault(functionName)
        ?? (HasMore(functionName) && FunctionName.Parse(functionName) is { } name ? _pools.GetValueOrDefault(name.Name) : null)
        ?? PoolNames.Default;

    /// <summary>The name under which a function is managed or has a pool. Null for every other function.</summary>
    /// <param name="functionName">The name in the task.</param>
    public string? KnownName(string functionName) =>
        IsKnown(functionName) ? functionName
        : HasMore(functionName) && FunctionName.Parse(functionName) is { } name && IsKnown(name.Name) ? name.Name
        : null;

    private bool IsKnown(string name) => _functions.ContainsKey(name) || _pools.ContainsKey(name);

    private (FunctionPolicy Policy, bool IsItself)? Find(string functionName) =>
        _functions.TryGetValue(functionName, out var named) ? (named, true)
        : _functions.Count > 0 && HasMore(functionName) && FunctionName.Parse(functionName) is { } name
            && _functions.TryGetValue(name.Name, out var function)
            && (name.Account is null || function.Account is null || name.Account == function.Account)
            ? (function, name.Qualifier is null or FunctionName.Latest)
        : null;

    /// <summary>Returns true when the text has more than a name: a qualifier or an account.</summary>
    private static bool HasMore(string functionName) => functionName.Contains(':', StringComparison.Ordinal);
}
