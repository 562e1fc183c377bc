using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>The schedules as their owners read and change them. What ticks is in <see cref="ITaskStore"/>.</summary>
public interface IScheduleStore
{
    Task AddAsync(ScheduleRow schedule);

    /// <summary>Null: there is none of that id.</summary>
    Task<ScheduleRow?> FindAsync(TaskId id);

    /// <summary>The schedules that a query finds.</summary>
    Task<SchedulePage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(TaskId id);

    /// <summary>Pauses a schedule, or lets it go on, unless it is another one than was seen.</summary>
    /// <param name="nextAt">The tick that is next; null for a pause.</param>
    /// <param name="reason">Why the server pauses it; null where its owner asks.</param>
    Task<bool> PauseAsync(ScheduleRow seen, bool isPaused, long? nextAt, long now, string? reason = null);
}

/// <param name="Total">How many there are in all; null where the query does not want to know.</param>
/// <param name="Limit">Set where the page ends before its limit, because its inputs would be too large: how many the page has gone through.</param>
public sealed record SchedulePage(IReadOnlyList<ScheduleRow> Schedules, long? Total, int? Limit);
