using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage;

/// <summary>The schedules as their owners read and change them. What ticks is in <see cref="ITaskStore"/>.</summary>
public sealed class ScheduleStore(IModelDatabase database)
{
    public Task<int> AddAsync(ScheduleRow schedule) => database.WriteAsync(context =>
    {
        context.Add(schedule);
        return context.SaveChangesAsync();
    });

    /// <summary>Null: there is none of that id.</summary>
    public Task<ScheduleRow?> FindAsync(TaskId id)
    {
        var text = id.ToString();
        return database.ReadAsync(context => context.Schedules.SingleOrDefaultAsync(row => row.Id == text));
    }

    /// <summary>The schedules that a query finds.</summary>
    public Task<SchedulePage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var (page, total, limit) = await RqlSearch.FindAsync(context, RecordColumns.Schedules, query, readsInput: true, cancellationToken);
            var ids = page.Select(static id => id.ToString()).ToList();
            var rows = await context.Schedules.Where(row => ids.Contains(row.Id)).ToDictionaryAsync(static row => row.Id, cancellationToken);
            // One that was deleted meanwhile is left out.
            return new SchedulePage([.. ids.Where(rows.ContainsKey).Select(id => rows[id])], total, limit);
        }, cancellationToken);

    /// <returns>Whether there was one.</returns>
    public Task<bool> DeleteAsync(TaskId id)
    {
        var text = id.ToString();
        return database.WriteAsync(async context => await context.Schedules.Where(row => row.Id == text).ExecuteDeleteAsync() == 1);
    }

    /// <summary>Pauses a schedule, or lets it go on, unless it is another one than was seen.</summary>
    /// <param name="nextAt">The tick that is next; null for a pause.</param>
    /// <param name="reason">Why the server pauses it; null where its owner asks.</param>
    public Task<bool> PauseAsync(ScheduleRow seen, bool isPaused, long? nextAt, long now, string? reason = null) => database.WriteAsync(async context =>
        await context.Schedules.Where(row => row.Id == seen.Id && row.Version == seen.Version).ExecuteUpdateAsync(set => set
            .SetProperty(static row => row.Version, static row => row.Version + 1)
            .SetProperty(static row => row.IsPaused, isPaused)
            .SetProperty(static row => row.PauseReason, reason)
            .SetProperty(static row => row.NextAt, nextAt)
            .SetProperty(static row => row.UpdatedAt, now)) == 1);
}

/// <param name="Total">How many there are in all; null where the query does not want to know.</param>
/// <param name="Limit">Set where the page ends before its limit, because its inputs would be too large: how many the page has gone through.</param>
public sealed record SchedulePage(IReadOnlyList<ScheduleRow> Schedules, long? Total, int? Limit);
