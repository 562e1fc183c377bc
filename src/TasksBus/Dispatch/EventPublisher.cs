using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Publishes the events that commits left in the outbox, oldest first, and forgets each after the broker took it. Sent again after a
/// crash, an event has the same message id. A lane of its own: events never hold up tasks.
/// </summary>
public sealed class EventPublisher(
    ITaskStore store, IEventSender sender, Leadership leadership, Signals signals, TimeProvider clock, ILogger<EventPublisher> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 256;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private readonly Leadership _leadership = leadership;

    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        while (await PublishAsync(cancellationToken) == AtOnce && await _leadership.IsLeaderAsync(cancellationToken))
        {
            // A full page: there may be more.
        }
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) => signals.Events.WaitAsync(s_poll, cancellationToken);

    protected override void Failed(Exception exception) => logger.PublishFailed(exception);

    private async Task<int> PublishAsync(CancellationToken cancellationToken)
    {
        var events = await store.NextEventsAsync(AtOnce, cancellationToken);
        if (events.Count > 0)
        {
            await Task.WhenAll(events.Select(stored => sender.SendAsync(stored.Event, cancellationToken)));
            await store.DeleteEventsAsync([.. events.Select(static stored => stored.Position)], cancellationToken);
        }

        return events.Count;
    }
}

/// <summary>Publishes an event: the seam to the broker.</summary>
public interface IEventSender
{
    /// <summary>Completes when the broker has taken the event.</summary>
    Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken);
}
