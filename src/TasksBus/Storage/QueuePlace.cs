using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Where a waiting task stands in the queue of its pool.</summary>
/// <param name="DueAt">When it may be released: its start time, or the time of its next try.</param>
/// <param name="IsDue">True when that time has come, by the database's clock.</param>
/// <param name="Ahead">The due tasks of its pool that are more urgent, as far as they are in the ready queue. At most
/// <see cref="IStatusReader.MostCounted"/>.</param>
/// <param name="NotRunCount">How often its function was found not to run, for example because it was throttled.</param>
public sealed record QueuePlace(string Pool, DateTimeOffset DueAt, bool IsDue, int Ahead, int NotRunCount)
{
    /// <summary>Why its function did not run the last time. Null when it ran, or when that is not known.</summary>
    public TaskError? NotRun { get; init; }
}
