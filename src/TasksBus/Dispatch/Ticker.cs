using Microsoft.Extensions.Logging;
using TasksBus.Schedules;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Makes the ticks of schedules in time. Between ticks it reads almost nothing, because it knows when the next tick is due, and changes of
/// schedules wake it.
/// </summary>
internal sealed class Ticker(
    Ticks ticks, Leadership leadership, Signals signals, TimeProvider clock, ILogger<Ticker> logger) : LeaderLoop(leadership, clock)
{
    /// <summary>Shorter than <see cref="NextTick.Patience"/>, so that a change whose wake-up was lost is found in time.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(15);

    private TimeSpan _pause;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken) =>
        _pause = term.HeldBecause is null && await ticks.MakeDueAsync(term.Epoch, cancellationToken) is { } wait && wait < s_poll
            ? wait : s_poll;

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        _pause == TimeSpan.Zero ? Task.CompletedTask : signals.Schedules.WaitAsync(_pause, cancellationToken);

    protected override void Failed(Exception exception) => logger.TicksFailed(exception);
}
