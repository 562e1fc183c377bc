namespace TasksBus;

/// <summary>Wakes one waiting loop. Signals that nobody waits for are combined into one.</summary>
public sealed class Signal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private int _isSet;

    /// <summary>Wakes the loop, now or when it waits next.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            _set.Release();
        }
    }

    /// <summary>Waits until the signal is set, or the time has passed.</summary>
    /// <returns>True when it was set.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var isSet = await _set.WaitAsync(atMost, cancellationToken);
        if (isSet)
        {
            Volatile.Write(ref _isSet, 0);
        }

        return isSet;
    }

    /// <inheritdoc/>
    public void Dispose() => _set.Dispose();
}
