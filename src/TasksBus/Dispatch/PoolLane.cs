using Microsoft.Extensions.Logging;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Dispatch;

/// <summary>
/// Sends a pool's releases to its execute queue. Only the dispatcher's round uses it. Messages that are not confirmed yet delay this pool
/// and no other.
/// </summary>
internal sealed class PoolLane(
    string pool, IReadyQueue queue, IReleaseSender sender, BrokerReach broker, TaskMetrics metrics, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(1);

    private Task<IReadOnlyList<ReadyTask>> _sending = Task.FromResult<IReadOnlyList<ReadyTask>>([]);
    private long? _failedAt;
    private bool _isConnected;
    private bool _isAwaited;

    public string Pool => pool;

    /// <summary>The tasks that are released and not claimed yet.</summary>
    public ReleaseWindow Window { get; } = new(clock, s_patience);

    /// <summary>Set while due tasks of this pool may be unmarked. Nothing that ranks below is released.</summary>
    public Rank? Lowest { get; set; }

    /// <summary>True when there is something to watch: releases without a claim, or messages that are not confirmed.</summary>
    public bool IsBusy => !_sending.IsCompleted || _failedAt is not null || Window.Released.Count > 0;

    /// <summary>
    /// Completes when the broker has answered the messages. It is completed at once when a round has already waited for the answer in vain.
    /// </summary>
    public Task Answered => _isAwaited ? Task.CompletedTask : _sending;

    /// <summary>Handles the results of the last messages.</summary>
    /// <returns>True when more may be sent now.</returns>
    public bool IsFree()
    {
        if (!_sending.IsCompleted)
        {
            return false;
        }

        // A task that the broker did not confirm counts as not released. If the message arrived all the same, the claim makes it harmless.
        if (_sending.Result is { Count: > 0 } failed)
        {
            Window.Remove(failed);
            (_failedAt, _isConnected) = (clock.GetTimestamp(), false);
            _sending = Task.FromResult<IReadOnlyList<ReadyTask>>([]);
        }

        if (_failedAt is { } at && clock.GetElapsedTime(at) < s_pauseAfterFailure)
        {
            return false;
        }

        _failedAt = null;
        return true;
    }

    /// <summary>Starts to send tasks, which the window has recorded before.</summary>
    public void Send(int workers, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        _isAwaited = false;
        if (releases.Length > 0)
        {
            _sending = SendAsync(workers, releases, cancellationToken);
        }
    }

    /// <summary>Reports the answer, once, if the round ended without it.</summary>
    public async Task TellAsync(Action answered)
    {
        if (!_sending.IsCompleted && !_isAwaited)
        {
            _isAwaited = true;
            await _sending;
            answered();
        }
    }

    /// <summary>
    /// A message has one id while there are few tasks for each worker, so that the workers share them. It has several when there are many
    /// tasks, or one worker, so that they share the cost. The most urgent are sent first, and all confirms are awaited together.
    /// </summary>
    /// <returns>The tasks that the broker did not accept.</returns>
    private async Task<IReadOnlyList<ReadyTask>> SendAsync(
        int workers, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        var (size, sentAt) =
            (Math.Clamp(releases.Length / (workers > 1 ? 2 * workers : 1), 1, Dispatcher.MaxIdsInMessage), clock.GetTimestamp());
        List<(ReadyTask[] Tasks, Task Sent)> messages = [];
        Exception failure;
        try
        {
            foreach (var level in releases.GroupBy(static release => release.Level).OrderByDescending(static group => group.Key))
            {
                foreach (var tasks in level.Select(static release => release.Task).Chunk(size))
                {
                    var sent = sender.SendAsync(pool, [.. tasks.Select(static task => task.Id)], level.Key, cancellationToken);
                    messages.Add((tasks, sent));
                    if (!_isConnected)
                    {
                        // Senders that wait for a new channel get it in reverse order, so the first message goes alone. If it fails, the
                        // others need not try.
                        await sent;
                        _isConnected = true;
                    }
                }
            }

            await Task.WhenAll(messages.Select(static message => message.Sent));
            broker.Confirmed();
            var took = clock.GetElapsedTime(sentAt);
            metrics.ReleaseConfirmed(pool, took);
            if (TaskTraces.AreRecorded)
            {
                _ = TraceAsync(releases, clock.GetUtcNow(), took);
            }

            return [];
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        var taken = messages.Where(static message => message.Sent.IsCompletedSuccessfully).SelectMany(static message => message.Tasks)
            .ToHashSet();
        if (taken.Count > 0)
        {
            broker.Confirmed();
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            broker.Failed(failure, sentAt);
            logger.NotReleased(pool, failure);
        }

        return [.. releases.Select(static release => release.Task).Where(task => !taken.Contains(task))];
    }

    /// <summary>Records releases of traced tasks. The round does not wait for it.</summary>
    private async Task TraceAsync((ReadyTask Task, byte Level)[] releases, DateTimeOffset confirmedAt, TimeSpan took)
    {
        try
        {
            var ids = releases.ToDictionary(static release => release.Task.Rank.Number, static release => release.Task.Id);
            foreach (var (number, trace) in await queue.TracesOfAsync([.. ids.Keys], CancellationToken.None))
            {
                TaskTraces.Released(trace, ids[number], pool, confirmedAt - took, confirmedAt);
            }
        }
        catch (Exception exception)
        {
            logger.NotTraced(pool, exception);
        }
    }
}
