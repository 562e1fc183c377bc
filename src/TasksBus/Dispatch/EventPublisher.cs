using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Publishes the events that commits left in the outbox, oldest first, and forgets each after the broker took it. Sent again after a
/// crash, an event has the same message id. A lane of its own: events never hold up tasks.
/// </summary>
public sealed class EventPublisher(
    ITaskStore store, IEventSender sender, Leadership leadership, Signals signals, TimeProvider clock, ILogger<EventPublisher> logger)
    : BackgroundService
{
    private const int AtOnce = 256;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await leadership.IsLeaderAsync(stoppingToken) && await PublishAsync(stoppingToken) == AtOnce)
                {
                    // A full page: there may be more.
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.PublishFailed(exception);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await signals.Events.WaitAsync(s_poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

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
