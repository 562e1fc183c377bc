using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Publishes the events that commits left in the outbox, the oldest first, and forgets each after the broker took it. Sent again after a
/// crash, an event has the same message id. A lane of its own: events never hold up tasks.
/// </summary>
public sealed class EventPublisher(
    ITaskStore store, IEventSender sender, Leadership leadership, Signals signals, TimeProvider clock, ILogger<EventPublisher> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private bool _isMore;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken) =>
        _isMore = await PublishAsync(cancellationToken) == AtOnce;

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        _isMore ? Task.CompletedTask : signals.Events.WaitAsync(s_poll, cancellationToken);

    protected override void Failed(Exception exception) => logger.PublishFailed(exception);

    /// <summary>Those of one task one after the other, for the order's sake; those of several side by side. One that cannot be sent is kept, and with it what follows of its task.</summary>
    /// <returns>How many were published.</returns>
    private async Task<int> PublishAsync(CancellationToken cancellationToken)
    {
        var stored = await store.NextEventsAsync(AtOnce, cancellationToken);
        var sent = (await Task.WhenAll(stored.GroupBy(static each => TaskOf(each.Event)).Select(group => SendInOrderAsync([.. group], cancellationToken))))
            .SelectMany(static positions => positions).ToArray();
        if (sent.Length > 0)
        {
            await store.DeleteEventsAsync(sent, cancellationToken);
        }

        return sent.Length;
    }

    private async Task<List<long>> SendInOrderAsync(StoredEvent[] events, CancellationToken cancellationToken)
    {
        List<long> sent = [];
        try
        {
            foreach (var stored in events)
            {
                await sender.SendAsync(stored.Event, cancellationToken);
                sent.Add(stored.Position);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.PublishFailed(exception);
        }

        return sent;
    }

    private static string? TaskOf(OutgoingEvent outgoing) =>
        JsonElement.Parse(outgoing.Body).TryGetProperty("taskId", out var id) ? id.GetString() : null;
}

/// <summary>Publishes an event: the seam to the broker.</summary>
public interface IEventSender
{
    /// <summary>Completes when the broker has taken the event.</summary>
    Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken);
}
