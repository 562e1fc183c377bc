namespace TasksBus.Storage;

/// <summary>An event that waits to be published.</summary>
/// <param name="Position">Its place in the outbox, which rises with each event.</param>
/// <param name="Event">What is published.</param>
public sealed record StoredEvent(long Position, OutgoingEvent Event);
