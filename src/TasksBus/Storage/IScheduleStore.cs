using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>The schedules as their owners read and change them. What ticks is in <see cref="IScheduleTicks"/>.</summary>
public interface IScheduleStore
{
    Task AddAsync(StoredSchedule schedule);

    /// <summary>Null: there is none of that id.</summary>
    Task<StoredSchedule?> FindAsync(TaskId id);

    /// <summary>The schedules that a query finds.</summary>
    Task<SchedulePage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(TaskId id);

    /// <summary>Pauses a schedule, or lets it go on, unless it is another one than was seen.</summary>
    /// <param name="nextAt">The tick that is next; null for a pause.</param>
    /// <param name="reason">Why the server pauses it; null where its owner asks.</param>
    Task<bool> PauseAsync(StoredSchedule seen, bool isPaused, long? nextAt, long now, string? reason = null);
}
