using System.Collections.Concurrent;
using TasksBus.Contracts;

namespace TasksBus;

/// <summary>What failed and is left alone for a while, so that it delays nothing else.</summary>
/// <param name="time">How long.</param>
internal sealed class SetAside(TimeProvider clock, TimeSpan time)
{
    private readonly ConcurrentDictionary<TaskId, long> _since = [];

    /// <summary>What is left alone now.</summary>
    public IReadOnlyCollection<TaskId> Ids => [.. _since.Keys];

    /// <summary>Leaves something alone from now on.</summary>
    public void Add(TaskId id) => _since[id] = clock.GetTimestamp();

    /// <summary>Ends it for what was left alone for long enough.</summary>
    public void Release()
    {
        foreach (var (id, _) in _since.Where(each => clock.GetElapsedTime(each.Value) >= time))
        {
            _since.TryRemove(id, out _);
        }
    }

    /// <summary>Ends it for everything.</summary>
    public void Clear() => _since.Clear();
}
