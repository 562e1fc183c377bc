using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Triggers;

namespace TasksBus.Dispatch;

/// <summary>
/// Publishes the events that commits left in the outbox, the oldest first, and deletes each after the broker accepted it. An event that is
/// sent again after a crash has the same message id. Events have a loop of their own and never delay tasks. If this process cannot reach
/// the broker, another process leads. What the outbox has of failures that trigger tasks is raised instead, whatever the broker does.
/// </summary>
internal sealed class EventPublisher(
    IEventOutbox outbox, IEventSender sender, EventIntake intake, BrokerReach broker, Leadership leadership, Signals signals,
    TaskMetrics metrics, TimeProvider clock, ILogger<EventPublisher> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;
    private const int RaisedAtOnce = 50;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private bool _isMore;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        var stored = await outbox.NextEventsAsync(AtOnce, cancellationToken);
        var raised = await RaiseAsync(stored);
        var (sent, failures) = await PublishAsync([.. stored.Where(static each => !IsToRaise(each))], cancellationToken);
        metrics.Published(sent.Count);
        sent.AddRange(raised);
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

    private static bool IsToRaise(StoredEvent stored) => stored.Event.Type == KeptEvents.Raised.Name;

    /// <summary>Raises failures as events that trigger tasks. One that is raised again is known by its id.</summary>
    /// <returns>The positions of those that are stored.</returns>
    private async Task<IReadOnlyList<long>> RaiseAsync(IReadOnlyList<StoredEvent> stored)
    {
        List<long> raised = [];
        foreach (var some in stored.Where(IsToRaise).Chunk(RaisedAtOnce))
        {
            try
            {
                await Task.WhenAll(some.Select(each => intake.RaiseFailureAsync(each.Event.Body)));
                raised.AddRange(some.Select(static each => each.Position));
            }
            catch (Exception exception)
            {
                // The others of them are known when they are raised again.
                logger.FailuresWait(exception);
                break;
            }
        }

        return raised;
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
