using Microsoft.Extensions.Logging;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Fails tasks whose deadline has passed without a report. Workers keep outcomes while they cannot store them, so no task is failed before
/// the database has answered for a full lease. A leap of the database's clock fails no task either, because the time on this machine's
/// clock must have passed too.
/// </summary>
internal sealed class Deadlines(
    IOverdueTasks store, TaskTransitions transitions, WorkerWatch watch, Leadership leadership, TimeProvider clock,
    ILogger<Deadlines> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_idleInterval = TimeSpan.FromSeconds(5);

    private readonly DeadlineClock _times = new(clock);

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(watch.IsIdle ? s_idleInterval : s_interval, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.SweepFailed(exception);

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        var (now, tasks) = await store.OverdueAsync(term.Epoch, AtOnce, cancellationToken);
        _times.Note(now);
        if (watch.IsSteady)
        {
            await Task.WhenAll(
                tasks.Where(_times.HasPassed)
                    .Select(task => transitions.TryFailAsync(new TimeLimitReached(task.Id.ToGuid(), TimeSpan.Zero), logger)));
        }
    }
}
