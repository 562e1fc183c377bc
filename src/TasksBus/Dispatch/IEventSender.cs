using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>Publishes an event: the seam to the broker.</summary>
internal interface IEventSender
{
    /// <summary>Completes when the broker has accepted the event.</summary>
    Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken);
}
