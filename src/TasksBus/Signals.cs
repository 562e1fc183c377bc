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

    /// <summary>Returns when the signal is set, or the time has passed.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (await _set.WaitAsync(atMost, cancellationToken))
        {
            Volatile.Write(ref _isSet, 0);
        }
    }

    public void Dispose() => _set.Dispose();
}

/// <summary>What commits in this process wake up.</summary>
public sealed class Signals : IDisposable
{
    /// <summary>There may be new work, or room for it.</summary>
    public Signal Dispatch { get; } = new();

    /// <summary>There may be events to publish.</summary>
    public Signal Events { get; } = new();

    public void Committed(IReadOnlyList<TaskChange> changes)
    {
        // A claim brings neither work nor room.
        if (changes.Any(static change => !change.IsClaim))
        {
            Dispatch.Set();
        }

        if (changes.Any(static change => change.Events.Count > 0 || change.Inserts.Count > 0))
        {
            Events.Set();
        }
    }

    public void Dispose()
    {
        Dispatch.Dispose();
        Events.Dispose();
    }
}
