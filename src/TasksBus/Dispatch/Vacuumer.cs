using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>Vacuums the queue's tables regularly.</summary>
internal sealed class Vacuumer(
    IQueueVacuum queue, Leadership leadership, TimeProvider clock, ILogger<Vacuumer> logger) : LeaderLoop(leadership, clock)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    protected override Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken) => queue.VacuumAsync(cancellationToken);

    protected override Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(s_interval, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.NotTidied(exception);
}
