using TasksBus.Contracts;

namespace TasksBus.Execution;

/// <summary>
/// Slots for runs for which callers wait. Functions share them. No function takes more than its share, so a function that is called without
/// end leaves room for the others.
/// </summary>
/// <param name="count">The number of slots.</param>
/// <param name="share">The percentage of the slots that one function may take, at least one slot.</param>
public sealed class FunctionSlots(int count, int share) : IDisposable
{
    private readonly Dictionary<string, int> _taken = [];
    private readonly Lock _lock = new();

    /// <summary>How many slots one function may take.</summary>
    public int Share { get; } = Math.Max(1, (int)Math.Ceiling(count * share / 100.0));

    internal Slots All { get; } = new(count);

    /// <summary>Takes a slot that is free now. A slot that was taken must be given back.</summary>
    public bool TryTake(string functionName)
    {
        var key = KeyOf(functionName);
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(key);
            if (taken >= Share || !All.TryTakeNow())
            {
                return false;
            }

            _taken[key] = taken + 1;
            return true;
        }
    }

    /// <summary>Gives back a slot that was taken for this function, exactly once for each that was taken.</summary>
    public void Release(string functionName)
    {
        var key = KeyOf(functionName);
        lock (_lock)
        {
            if (--_taken[key] == 0)
            {
                _taken.Remove(key);
            }

            All.Release();
        }
    }

    /// <summary>Returns true when a slot could be taken now. So a request in vain is refused before its body is read.</summary>
    public bool HasRoom(string functionName)
    {
        lock (_lock)
        {
            return All.HasFree && _taken.GetValueOrDefault(KeyOf(functionName)) < Share;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => All.Dispose();

    /// <summary>
    /// All names of a function share its slots, whatever account they name. A function of the same name in another account shares them too.
    /// </summary>
    private static string KeyOf(string functionName) => FunctionName.BareName(functionName);
}
