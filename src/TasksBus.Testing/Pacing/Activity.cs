namespace TasksBus.Testing.Pacing;

/// <summary>Counts everything that happens in a harness, so that the pacer need not look again before something does.</summary>
internal sealed class Activity
{
    /// <summary>How long to wait at most before looking again, on the machine's clock.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private TaskCompletionSource _next = NewSource();
    private long _count;

    /// <summary>Rises with everything that happens.</summary>
    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Call this after something happened.</summary>
    public void Note()
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            _count++;
            (before, _next) = (_next, NewSource());
        }

        before.TrySetResult();
    }

    /// <summary>Waits until more has happened than the caller has seen, but not for long.</summary>
    public async Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        Task next;
        lock (_lock)
        {
            if (_count != seen)
            {
                return;
            }

            next = _next.Task;
        }

        await next.WaitAsync(s_look, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
