namespace TasksBus.Storage;

public sealed record StoredEvent(long Position, OutgoingEvent Event);
