#if NET
namespace TasksBus.Contracts;

/// <summary>How long a caller waits for the end of a task. The rules are those of <see cref="ITaskClient.WaitAsync"/>.</summary>
internal sealed class WaitLimit : IDisposable
{
    /// <summary>The longest time that a timer takes at once. Timers of .NET end at 49.7 days.</summary>
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(30);

    private readonly CancellationTokenSource _over = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan? _limit;
    private readonly long _begun;
    private readonly ITimer? _timer;

    /// <param name="limit">What <see cref="Check"/> returned.</param>
    public WaitLimit(TimeSpan? limit, TimeProvider time)
    {
        (_time, _limit, _begun) = (time, limit, time.GetTimestamp());
        if (limit is { } known)
        {
            _timer = time.CreateTimer(
                static wait => ((WaitLimit)wait!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(known < s_longestTimer ? known : s_longestTimer, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>True when the time is over.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Canceled when the time is over.</summary>
    public CancellationToken Token => _over.Token;

    /// <summary>Checks a time-out. Returns null for a wait without an end.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative, and not <see cref="Timeout.InfiniteTimeSpan"/>.</exception>
    public static TimeSpan? Check(TimeSpan? timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(timeout ?? TimeSpan.Zero, TimeSpan.Zero, nameof(timeout));
        return timeout;
    }

    /// <summary>Reads the task, and those that retry it, without a wait for its end.</summary>
    /// <exception cref="TimeoutException">The task has not ended.</exception>
    /// <exception cref="ResourceUnknownException">There is no such task.</exception>
    public static async Task<TaskSnapshot> EndedNowAsync(ITaskClient client, TaskId taskId, CancellationToken cancellationToken)
    {
        for (var id = taskId; ;)
        {
            var task = await client.FindAsync(id, cancellationToken).ConfigureAwait(false)
                ?? throw new ResourceUnknownException(ErrorCode.ResourceUnknown, $"There is no task '{id}'.");
            if (!task.IsFinal)
            {
                throw ClientErrors.NotEnded(id, TimeSpan.Zero, task);
            }

            if (task.RetriedByTaskId is not { } successor)
            {
                return task;
            }

            id = successor;
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _over.Dispose();
    }

    private void Look()
    {
        var left = _limit!.Value - _time.GetElapsedTime(_begun);
        try
        {
            if (left <= TimeSpan.Zero)
            {
                _over.Cancel();
            }
            else
            {
                // A timer counts whole milliseconds, so it may fire a little early.
                left += TimeSpan.FromMilliseconds(1);
                _timer!.Change(left < s_longestTimer ? left : s_longestTimer, Timeout.InfiniteTimeSpan);
            }
        }
        catch (ObjectDisposedException)
        {
            // The wait has ended at this very moment.
        }
    }
}
#endif
