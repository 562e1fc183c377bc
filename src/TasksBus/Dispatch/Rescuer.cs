using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Dispatch;

/// <summary>
/// Fails tasks whose worker is gone. A worker counts as dead only after a silence that this process watched itself
/// (<see cref="WorkerWatch"/>). So neither an outage of the database nor a change of leader fails a running task.
/// </summary>
internal sealed class Rescuer(
    IDeadWorkers store, TaskTransitions transitions, WorkerWatch watch, Leadership leadership, IOptions<TasksBusOptions> options,
    TaskMetrics metrics, TimeProvider clock, ILogger<Rescuer> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleInterval = TimeSpan.FromSeconds(5);

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(watch.IsIdle && watch.Silent().Count == 0 ? s_idleInterval : s_interval, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.SweepFailed(exception);

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        await Task.WhenAll(watch.Silent().Select(worker => RemoveAsync(worker, term.Epoch, cancellationToken)));
        while (await FailOrphansAsync(term.Epoch, cancellationToken) == AtOnce)
        {
            // The page was full, so there may be more.
        }
    }

    private async Task RemoveAsync(WorkerRow worker, long epoch, CancellationToken cancellationToken)
    {
        try
        {
            await store.RemoveSilentWorkerAsync(epoch, worker, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            // A claim of the worker that is stuck prevents its removal. The other workers are cleaned up all the same.
            logger.NotRemoved(worker.Id, exception);
            return;
        }

        watch.Forget(worker);
        metrics.WorkerLost();
        logger.WorkerDead(worker.Id, worker.Host, options.Value.WorkerLease);
    }

    /// <returns>How many tasks were failed.</returns>
    private async Task<int> FailOrphansAsync(long epoch, CancellationToken cancellationToken)
    {
        var orphans = await store.OrphansAsync(epoch, AtOnce, cancellationToken);
        var failed = await Task.WhenAll(
            orphans.Select(orphan => transitions.TryFailAsync(new WorkerLost(orphan.TaskId.ToGuid(), orphan.WorkerId), logger)));
        return failed.Count(static isFailed => isFailed);
    }
}
