using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>The schedules as their owners read and change them. <see cref="IScheduleTicks"/> has the part for ticks.</summary>
public interface IScheduleStore
{
    /// <summary>Stores a new schedule under its id.</summary>
    Task AddAsync(StoredSchedule schedule);

    /// <summary>Null when there is none with that id.</summary>
    Task<StoredSchedule?> FindAsync(TaskId id);

    /// <summary>The schedules that a query finds.</summary>
    Task<SchedulePage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <returns>True when there was one.</returns>
    Task<bool> DeleteAsync(TaskId id);

    /// <summary>Pauses or resumes a schedule, unless it has changed since it was seen.</summary>
    /// <param name="nextAt">The next tick. Null for a pause.</param>
    /// <param name="reason">Why the server pauses it. Null when its owner asks.</param>
    Task<bool> PauseAsync(StoredSchedule seen, bool isPaused, long? nextAt, long now, string? reason = null);
}
