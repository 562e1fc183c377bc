using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage;

/// <summary>Reads and writes schedules through EF Core, on either database.</summary>
internal sealed class ScheduleStore(IModelDatabase database) : IScheduleStore
{
    public Task AddAsync(StoredSchedule schedule) => database.WriteAsync(context =>
    {
        context.Add(ScheduleRow.Of(schedule));
        return context.SaveChangesAsync();
    });

    public async Task<StoredSchedule?> FindAsync(TaskId id) => (await database.FindAsync<ScheduleRow>(id))?.ToSchedule();

    public Task<SchedulePage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var (rows, total, limit) = await RqlSearch.FindRowsAsync(
                context, RecordColumns.Schedules, query, context.Schedules, readsInput: true, cancellationToken);
            return new SchedulePage([.. rows.Select(static row => row.ToSchedule())], total, limit);
        }, cancellationToken);

    public Task<bool> DeleteAsync(TaskId id)
    {
        var text = id.ToString();
        return database.WriteAsync(async context => await context.Schedules.Where(row => row.Id == text).ExecuteDeleteAsync() == 1);
    }

    public Task<bool> PauseAsync(StoredSchedule seen, bool isPaused, long? nextAt, long now, string? reason = null)
    {
        var text = seen.Id.ToString();
        return database.WriteAsync(
            async context =>
                await context.Schedules.Where(row => row.Id == text && row.Version == seen.Version).ExecuteUpdateAsync(set => set
            .SetProperty(static row => row.Version, static row => row.Version + 1)
            .SetProperty(static row => row.IsPaused, isPaused)
            .SetProperty(static row => row.PauseReason, reason)
            .SetProperty(static row => row.NextAt, nextAt)
            .SetProperty(static row => row.UpdatedAt, now)) == 1);
    }
}
