using TasksBus.Storage;

namespace TasksBus;

/// <summary>Wakes one waiting loop; signals that nobody waits for are kept as one.</summary>
public sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            _set.Release();
        }
    }

    /// <summary>Waits until the signal is set, or the time has passed.</summary>
    /// <returns>Whether it was set.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var isSet = await _set.WaitAsync(atMost, cancellationToken);
        if (isSet)
        {
            Volatile.Write(ref _isSet, 0);
        }

        return isSet;
    }

    public void Dispose() => _set.Dispose();
}

/// <summary>What commits in this process, and elsewhere in the cluster, wake up.</summary>
public sealed class Signals : IDisposable
{
    /// <summary>There may be new work, or room for it.</summary>
    public Signal Dispatch { get; } = new();

    /// <summary>There may be events to publish.</summary>
    public Signal Events { get; } = new();

    /// <summary>Schedules may have changed.</summary>
    public Signal Schedules { get; } = new();

    /// <summary>Told of what this process did, for the rest of the cluster.</summary>
    public Action<News>? Tell { get; set; }

    public void Committed(IReadOnlyList<TaskChange> changes)
    {
        // A claim brings neither work nor room.
        var work = changes.Any(static change => !change.IsClaim);
        var events = changes.Any(static change => change.Events.Count > 0 || change.Inserts.Count > 0);
        if (work)
        {
            Dispatch.Set();
        }

        if (events)
        {
            Events.Set();
        }

        Tell?.Invoke((work ? News.Work : News.None) | (events ? News.Events : News.None));
    }

    /// <summary>A worker has slots that it did not have before.</summary>
    public void RoomOffered()
    {
        Dispatch.Set();
        Tell?.Invoke(News.Work);
    }

    /// <summary>A schedule was made or changed.</summary>
    public void SchedulesChanged()
    {
        Schedules.Set();
        Tell?.Invoke(News.Schedules);
    }

    public void Dispose()
    {
        Dispatch.Dispose();
        Events.Dispose();
        Schedules.Dispose();
    }
}

/// <summary>What a process did that the leader may want to know.</summary>
[Flags]
public enum News
{
    None = 0,

    /// <summary>There is work, or room for it.</summary>
    Work = 1,

    /// <summary>There are events to publish.</summary>
    Events = 2,

    /// <summary>A schedule was made or changed.</summary>
    Schedules = 4,
}
