using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// The way of a pool's releases to its execute queue. The dispatcher's round alone uses it. What is sent and not confirmed yet holds up this
/// pool and no other.
/// </summary>
internal sealed class PoolLane(string pool, IReleaseSender sender, BrokerReach broker, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(1);

    private Task<IReadOnlyList<ReadyTask>> _sending = Task.FromResult<IReadOnlyList<ReadyTask>>([]);
    private long? _failedAt;
    private bool _isConnected;
    private bool _isAwaited;

    public string Pool => pool;

    /// <summary>What is released and not claimed yet.</summary>
    public ReleaseWindow Window { get; } = new(clock, s_patience);

    /// <summary>Set while tasks of this pool that are due may be unmarked: nothing that ranks below is released.</summary>
    public Rank? Lowest { get; set; }

    /// <summary>Whether there is something to watch: releases without a claim, or messages that are not confirmed.</summary>
    public bool IsBusy => !_sending.IsCompleted || _failedAt is not null || Window.Released.Count > 0;

    /// <summary>Completes when the broker has answered what was sent; at once where a round has already waited for it in vain.</summary>
    public Task Answered => _isAwaited ? Task.CompletedTask : _sending;

    /// <summary>Takes note of what became of the last messages.</summary>
    /// <returns>Whether more may be sent now.</returns>
    public bool IsFree()
    {
        if (!_sending.IsCompleted)
        {
            return false;
        }

        // What the broker did not confirm is not released; should it have arrived all the same, the claim makes it harmless.
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

    /// <summary>Sends tasks on their way. The window has taken note of them.</summary>
    public void Send(int workers, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        _isAwaited = false;
        if (releases.Length > 0)
        {
            _sending = SendAsync(workers, releases, cancellationToken);
        }
    }

    /// <summary>Has somebody told of the answer, once, after the round has ended without it.</summary>
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
    /// One id a message while there are few for each worker, so that they share them; several when there are many, or one worker, so that
    /// they share the cost. The most urgent are sent first, and all confirms are waited for together.
    /// </summary>
    /// <returns>The tasks that the broker did not take.</returns>
    private async Task<IReadOnlyList<ReadyTask>> SendAsync(int workers, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        var (size, sentAt) = (Math.Clamp(releases.Length / (workers > 1 ? 2 * workers : 1), 1, Dispatcher.MaxIdsInMessage), clock.GetTimestamp());
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
                        // All who wait for a new channel pass through it in the reverse order: the first one goes alone. Where it fails, the
                        // others need not try.
                        await sent;
                        _isConnected = true;
                    }
                }
            }

            await Task.WhenAll(messages.Select(static message => message.Sent));
            broker.Confirmed();
            return [];
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        var taken = messages.Where(static message => message.Sent.IsCompletedSuccessfully).SelectMany(static message => message.Tasks).ToHashSet();
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
}
