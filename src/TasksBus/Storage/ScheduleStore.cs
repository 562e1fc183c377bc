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

    /// <summary>The schedules that a query finds, and how many in all: null where it does not want to know.</summary>
    public Task<(IReadOnlyList<ScheduleRow> Page, long? Total)> FindAsync(RqlQuery query) =>
        database.ReadAsync<(IReadOnlyList<ScheduleRow>, long?)>(async context =>
        {
            var (page, total) = await RqlSearch.FindAsync(context, RecordColumns.Schedules, query, CancellationToken.None);
            var ids = page.Select(static id => id.ToString()).ToList();
            var rows = await context.Schedules.Where(row => ids.Contains(row.Id)).ToDictionaryAsync(static row => row.Id);
            // One that was deleted meanwhile is left out.
            return ([.. ids.Where(rows.ContainsKey).Select(id => rows[id])], total);
        });

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
