using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>
/// Lets callers wait until their tasks have ended. All of them share one look at the database, at most four times a second while anybody
/// waits, and nobody looks while nobody waits.
/// </summary>
/// <remarks>
/// It holds no task while it waits, because inputs may be large. A caller's answer is read when it is due.
/// </remarks>
internal sealed partial class EndWatch(
    ITaskReader store, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<EndWatch> logger)
{
    /// <summary>How many callers may wait at once in a process.</summary>
    public const int MaxWaiters = 5_000;

    /// <summary>The shortest time between two looks.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(250);

    /// <summary>The looks take at most one part in so many of the time.</summary>
    private const int Share = 10;

    private static readonly TimeSpan s_pauseWithoutDatabase = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<TaskId, Awaited> _awaited = [];
    private int _waiters;
    private bool _isLooking;

    /// <summary>How many callers wait now.</summary>
    public int Waiters => Volatile.Read(ref _waiters);

    /// <summary>
    /// Waits until a task has ended, at most as long as given. A server that stops lets its callers go at once. A caller who hangs up waits
    /// no longer.
    /// </summary>
    /// <returns>False when too many callers wait.</returns>
    public async Task<bool> WaitAsync(TaskId id, TimeSpan longest, CancellationToken caller)
    {
        if (Interlocked.Increment(ref _waiters) > MaxWaiters)
        {
            Interlocked.Decrement(ref _waiters);
            return false;
        }

        var task = Join(id);
        try
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(caller, lifetime.ApplicationStopping);
            await task.Ended.Task.WaitAsync(longest, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            caller.ThrowIfCancellationRequested();
            return true;
        }
        finally
        {
            Leave(id, task);
            Interlocked.Decrement(ref _waiters);
        }
    }

    private Awaited Join(TaskId id)
    {
        lock (_lock)
        {
            if (!_awaited.TryGetValue(id, out var task))
            {
                _awaited.Add(id, task = new());
            }

            task.Callers++;
            if (!_isLooking)
            {
                _isLooking = true;
                _ = LookAsync();
            }

            return task;
        }
    }

    private void Leave(TaskId id, Awaited task)
    {
        lock (_lock)
        {
            if (--task.Callers == 0)
            {
                _awaited.Remove(id);
            }
        }
    }

    /// <summary>Looks as long as anybody waits.</summary>
    private async Task LookAsync()
    {
        for (var pause = Apart; ;)
        {
            await Task.Delay(pause, time);
            TaskId[] ids;
            lock (_lock)
            {
                if (_awaited.Count == 0)
                {
                    _isLooking = false;
                    return;
                }

                ids = [.. _awaited.Keys];
            }

            var begun = time.GetTimestamp();
            pause = await TryLookAsync(ids) ? Longest(Apart, time.GetElapsedTime(begun) * Share) : s_pauseWithoutDatabase;
        }
    }

    /// <returns>False when the database could not be asked. Its callers learn of that from their own reads.</returns>
    private async Task<bool> TryLookAsync(TaskId[] ids)
    {
        try
        {
            var tasks = await store.LookAsync(ids, withInput: false, CancellationToken.None);
            // A task that does not exist has no end to wait for.
            foreach (var id in ids.Where(id => !tasks.TryGetValue(id, out var task) || TaskStates.IsFinal(task.Status)))
            {
                End(id);
            }

            return true;
        }
        catch (Exception exception)
        {
            // Whatever it is, those who wait now and later must not wait in vain.
            LogNoLook(logger, exception);
            return false;
        }
    }

    private void End(TaskId id)
    {
        Awaited? task;
        lock (_lock)
        {
            _awaited.TryGetValue(id, out task);
        }

        task?.Ended.TrySetResult();
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [LoggerMessage(508, LogLevel.Debug, "Tasks whose ends are awaited cannot be looked at now")]
    private static partial void LogNoLook(ILogger logger, Exception exception);

    /// <summary>A task, and how many callers wait for its end.</summary>
    private sealed class Awaited
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Callers { get; set; }
    }
}
