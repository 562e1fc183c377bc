using Microsoft.Extensions.Logging;
using TasksBus.Schedules;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Has the ticks of schedules made in time. Between ticks it asks next to nothing: when the next one is due is known, and changes of schedules wake it.
/// </summary>
public sealed class Ticker(Ticks ticks, Leadership leadership, Signals signals, TimeProvider clock, ILogger<Ticker> logger) : LeaderLoop(leadership, clock)
{
    /// <summary>Shorter than <see cref="NextTick.Patience"/>: a change whose wake-up got lost is found in time.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(15);

    private TimeSpan _pause;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken) =>
        _pause = term.HeldBecause is null && await ticks.MakeDueAsync(term.Epoch, cancellationToken) is { } wait && wait < s_poll ? wait : s_poll;

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        _pause == TimeSpan.Zero ? Task.CompletedTask : signals.Schedules.WaitAsync(_pause, cancellationToken);

    protected override void Failed(Exception exception) => logger.TicksFailed(exception);
}
