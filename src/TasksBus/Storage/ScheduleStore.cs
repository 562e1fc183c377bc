using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Storage.Model;

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

    /// <summary>A page, newest first, and how many there are in all.</summary>
    /// <param name="id">Null: every one.</param>
    public Task<(IReadOnlyList<ScheduleRow> Page, long Total)> ListAsync(TaskId? id, string? functionName, int limit, long offset) =>
        database.ReadAsync<(IReadOnlyList<ScheduleRow>, long)>(async context =>
        {
            var (schedules, text) = (context.Schedules.AsQueryable(), id?.ToString());
            schedules = text is null ? schedules : schedules.Where(row => row.Id == text);
            schedules = functionName is null ? schedules : schedules.Where(row => row.FunctionName == functionName);
            var page = await schedules.OrderByDescending(static row => row.CreatedAt).ThenBy(static row => row.Id)
                .Skip((int)Math.Min(offset, int.MaxValue)).Take(limit).ToListAsync();
            return (page, await schedules.LongCountAsync());
        });

    /// <returns>Whether there was one.</returns>
    public Task<bool> DeleteAsync(TaskId id)
    {
        var text = id.ToString();
        return database.WriteAsync(async context => await context.Schedules.Where(row => row.Id == text).ExecuteDeleteAsync() == 1);
    }

    /// <summary>Pauses a schedule, or lets it go on, unless it is another one than was seen.</summary>
    /// <param name="nextAt">The tick that is next; null for a pause.</param>
    public Task<bool> PauseAsync(ScheduleRow seen, bool isPaused, long? nextAt, long now) => database.WriteAsync(async context =>
        await context.Schedules.Where(row => row.Id == seen.Id && row.Version == seen.Version).ExecuteUpdateAsync(set => set
            .SetProperty(static row => row.Version, static row => row.Version + 1)
            .SetProperty(static row => row.IsPaused, isPaused)
            .SetProperty(static row => row.NextAt, nextAt)
            .SetProperty(static row => row.UpdatedAt, now)) == 1);
}
