using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Publishes the events that commits left in the outbox, the oldest first, and deletes each after the broker accepted it. An event that is
/// sent again after a crash has the same message id. Events have a loop of their own and never delay tasks. If this process cannot reach
/// the broker, another process leads.
/// </summary>
internal sealed class EventPublisher(
    IEventOutbox outbox, IEventSender sender, BrokerReach broker, Leadership leadership, Signals signals, TimeProvider clock,
    ILogger<EventPublisher> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private bool _isMore;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        var stored = await outbox.NextEventsAsync(AtOnce, cancellationToken);
        var (sent, failures) = await PublishAsync(stored, cancellationToken);
        if (sent.Count > 0)
        {
            await outbox.DeleteEventsAsync(sent, cancellationToken);
        }

        if (failures.Count > 0)
        {
            logger.NotPublished(failures.Count, failures[0]);
            broker.ThrowIfAway();
        }

        _isMore = stored.Count == AtOnce && sent.Count > 0;
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        _isMore ? Task.CompletedTask : signals.Events.WaitAsync(s_poll, cancellationToken);

    protected override void Failed(Exception exception) => logger.PublishFailed(exception);

    /// <summary>
    /// Publishes the events of one task one after the other, to keep their order, and those of several tasks side by side. An event that
    /// cannot be sent is kept, and with it the later events of its task.
    /// </summary>
    /// <returns>The positions of the events that the broker accepted, and the failures of the others.</returns>
    private async Task<(List<long> Sent, List<Exception> Failures)> PublishAsync(
        IReadOnlyList<StoredEvent> stored, CancellationToken cancellationToken)
    {
        List<long> sent = [];
        List<Exception> failures = [];
        var began = Clock.GetTimestamp();
        var sendings = stored.GroupBy(static each => TaskOf(each.Event)).Select(group => SendInOrderAsync([.. group], cancellationToken));
        foreach (var (positions, failure) in await Task.WhenAll(sendings))
        {
            sent.AddRange(positions);
            if (failure is not null)
            {
                failures.Add(failure);
            }
        }

        if (sent.Count > 0)
        {
            broker.Confirmed();
        }

        failures.ForEach(failure => broker.Failed(failure, began));
        return (sent, failures);
    }

    private async Task<(List<long> Sent, Exception? Failure)> SendInOrderAsync(StoredEvent[] events, CancellationToken cancellationToken)
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
            return (sent, exception);
        }

        return (sent, null);
    }

    private static string? TaskOf(OutgoingEvent outgoing) =>
        JsonElement.Parse(outgoing.Body).TryGetProperty("taskId", out var id) ? id.GetString() : null;
}
