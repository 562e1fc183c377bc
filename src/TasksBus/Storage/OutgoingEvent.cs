namespace TasksBus.Storage;

/// <summary>An event to publish. It has the same message id each time it is sent.</summary>
public sealed record OutgoingEvent(Guid MessageId, string Type, string Body);
