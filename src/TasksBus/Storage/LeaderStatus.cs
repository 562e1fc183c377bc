namespace TasksBus.Storage;

/// <param name="Epoch">Rises with each change of leader.</param>
/// <param name="LeaseEndsAt">When another process may lead, unless the leader renews its lease.</param>
public sealed record LeaderStatus(long Epoch, DateTimeOffset LeaseEndsAt);
