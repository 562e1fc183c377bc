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

    private bool _isMore;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken) =>
        _isMore = await PublishAsync(cancellationToken) == AtOnce;

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        _isMore ? Task.CompletedTask : signals.Events.WaitAsync(s_poll, cancellationToken);

    protected override void Failed(Exception exception) => logger.PublishFailed(exception);

    /// <summary>One after the other, for the order's sake. One that cannot be sent is kept and holds up no other.</summary>
    /// <returns>How many were published.</returns>
    private async Task<int> PublishAsync(CancellationToken cancellationToken)
    {
        List<long> sent = [];
        foreach (var stored in await store.NextEventsAsync(AtOnce, cancellationToken))
        {
            try
            {
                await sender.SendAsync(stored.Event, cancellationToken);
                sent.Add(stored.Position);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.PublishFailed(exception);
            }
        }

        if (sent.Count > 0)
        {
            await store.DeleteEventsAsync(sent, cancellationToken);
        }

        return sent.Count;
    }
}

/// <summary>Publishes an event: the seam to the broker.</summary>
public interface IEventSender
{
    /// <summary>Completes when the broker has taken the event.</summary>
    Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken);
}
