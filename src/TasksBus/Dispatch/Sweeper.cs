using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Ends what nobody else will: tasks whose deadline has passed, and tasks whose worker is gone. A worker counts as dead only after a
/// silence that this leader watched itself, for a full lease and without a failed query: neither an outage of the database nor a change
/// of leader fails a running task.
/// </summary>
public sealed class Sweeper(
    ITaskStore store, TaskTransitions transitions, Leadership leadership, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<Sweeper> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Guid, (long Beat, long Since)> _seen = [];
    private long? _failedAt;
    private bool _isIdle;

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(_isIdle ? s_idleInterval : s_interval, Clock, cancellationToken);

    protected override void Forget() => _seen.Clear();

    protected override void Failed(Exception exception)
    {
        // What was watched before the failure proves nothing.
        _seen.Clear();
        _failedAt = Clock.GetTimestamp();
        logger.SweepFailed(exception);
    }

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        await RemoveDeadWorkersAsync(term.Epoch, cancellationToken);
        while (await FailOrphansAsync(term.Epoch, cancellationToken) == AtOnce)
        {
            // A full page: there may be more.
        }

        // After an outage workers first get a lease's time to report what ended meanwhile.
        if (_failedAt is { } at && Clock.GetElapsedTime(at) < options.Value.WorkerLease)
        {
            return;
        }

        _failedAt = null;
        var overdue = await store.OverdueAsync(term.Epoch, AtOnce, cancellationToken);
        await Task.WhenAll(overdue.Select(id =>
            transitions.RaiseAsync(id, transitions.Machine.TimeLimit.Received, new TimeLimitReached(id.ToGuid(), TimeSpan.Zero))));
    }

    /// <returns>How many tasks failed.</returns>
    private async Task<int> FailOrphansAsync(long epoch, CancellationToken cancellationToken)
    {
        var orphans = await store.OrphansAsync(epoch, AtOnce, cancellationToken);
        var results = await Task.WhenAll(orphans.Select(orphan =>
            transitions.RaiseAsync(orphan.TaskId, transitions.Machine.WorkerLost, new WorkerLost(orphan.TaskId.ToGuid(), orphan.WorkerId))));
        return results.Count(static result => result.Outcome == TransitionOutcome.Applied);
    }

    private async Task RemoveDeadWorkersAsync(long epoch, CancellationToken cancellationToken)
    {
        var lease = options.Value.WorkerLease;
        var workers = await store.WorkersAsync(cancellationToken);
        _isIdle = workers.All(static worker => worker.Running == 0);
        foreach (var worker in workers)
        {
            if (!_seen.TryGetValue(worker.Id, out var seen) || seen.Beat != worker.Beat)
            {
                _seen[worker.Id] = (worker.Beat, Clock.GetTimestamp());
            }
            else if (Clock.GetElapsedTime(seen.Since) >= lease)
            {
                try
                {
                    await store.RemoveSilentWorkerAsync(epoch, worker, cancellationToken);
                }
                catch (StoreUnavailableException exception)
                {
                    // A claim of its that is stuck in the middle holds it back: the others are cleaned up all the same.
                    logger.NotRemoved(worker.Id, exception);
                    continue;
                }

                logger.WorkerDead(worker.Id, worker.Host, lease);
                _seen.Remove(worker.Id);
            }
        }

        foreach (var gone in _seen.Keys.Except(workers.Select(static worker => worker.Id)).ToArray())
        {
            _seen.Remove(gone);
        }
    }
}
