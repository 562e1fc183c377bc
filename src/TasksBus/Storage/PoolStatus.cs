namespace TasksBus.Storage;

/// <param name="Later">Tasks that wait for their start time or their next try. At most <see cref="IStatusReader.MostCounted"/>.</param>
/// <param name="Due">Tasks that wait for a worker. At most <see cref="IStatusReader.MostCounted"/> each of those that are in the ready
/// queue and those that enter it next.</param>
/// <param name="OldestDueAt">When the longest waiting of the counted due tasks was to start. Null when none is due.</param>
public sealed record PoolStatus(string Pool, int Later, int Due, DateTimeOffset? OldestDueAt);
