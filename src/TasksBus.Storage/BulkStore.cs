using Microsoft.EntityFrameworkCore;
using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage;

/// <summary>Reads and writes bulk operations through EF Core, on either database.</summary>
internal sealed class BulkStore(IModelDatabase database) : IBulkStore
{
    public Task<StoredBulkOperation?> AddAsync(
        StoredBulkOperation operation, int atOnce, long keptSince) => database.WriteAsync(async context =>
    {
        await context.BulkOperations.Where(row => row.Status != BulkStates.InProgress && row.UpdatedAt < keptSince).ExecuteDeleteAsync();
        var id = operation.Id.ToString();
        if (await context.BulkOperations.SingleOrDefaultAsync(row => row.Id == id) is { } known)
        {
            return known.ToOperation();
        }

        if (await context.BulkOperations.CountAsync(static row => row.Status == BulkStates.InProgress) >= atOnce)
        {
            return null;
        }

        context.Add(BulkOperationRow.Of(operation));
        await context.SaveChangesAsync();
        return operation;
    });

    public async Task<StoredBulkOperation?> FindAsync(TaskId id) => (await database.FindAsync<BulkOperationRow>(id))?.ToOperation();

    public Task<BulkOperationPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var (rows, total, _) = await RqlSearch.FindRowsAsync(
                context, RecordColumns.BulkOperations, query, context.BulkOperations, readsInput: false, cancellationToken);
            return new BulkOperationPage([.. rows.Select(static row => row.ToOperation())], total);
        }, cancellationToken);

    public async Task<IReadOnlyList<StoredBulkOperation>> InProgressAsync() =>
        await database.AnyAsync($"select 1 from bulk_operations where status = '{BulkStates.InProgress}' limit 1")
            ? (await database.ReadAsync(static context => context.BulkOperations.Where(static row => row.Status == BulkStates.InProgress)
                .OrderBy(static row => row.CreatedAt).ThenBy(static row => row.Id).ToListAsync()))
                .ConvertAll(static row => row.ToOperation())
            : [];

    public Task<bool> AdvanceAsync(StoredBulkOperation seen, StoredBulkOperation next)
    {
        var row = BulkOperationRow.Of(next);
        var (affected, skipped, refused) =
            (next.Affected - seen.Affected, next.Skipped - seen.Skipped, next.Refused - seen.Refused);
        return database.WriteAsync(async context =>
            await context.BulkOperations.Where(each => each.Id == row.Id && each.Reached == seen.Reached).ExecuteUpdateAsync(set => set
                .SetProperty(static each => each.Reached, row.Reached)
                .SetProperty(static each => each.Status, each => each.Status == BulkStates.InProgress ? row.Status : each.Status)
                .SetProperty(static each => each.Affected, each => each.Affected + affected)
                .SetProperty(static each => each.Skipped, each => each.Skipped + skipped)
                .SetProperty(static each => each.Refused, each => each.Refused + refused)
                .SetProperty(static each => each.Reason, each => row.Reason ?? each.Reason)
                .SetProperty(static each => each.UpdatedAt, row.UpdatedAt)) == 1);
    }

    public Task<bool> StopAsync(TaskId id, long now, string? reason)
    {
        var text = id.ToString();
        return database.WriteAsync(async context =>
            await context.BulkOperations.Where(row => row.Id == text && row.Status == BulkStates.InProgress).ExecuteUpdateAsync(set => set
                .SetProperty(static row => row.Status, BulkStates.Stopped)
                .SetProperty(static row => row.Reason, row => reason ?? row.Reason)
                .SetProperty(static row => row.UpdatedAt, now)) == 1);
    }

    public async Task<long> HighestAsync() =>
        await database.ReadAsync(static context => context.Tasks.MaxAsync(static task => (long?)task.Number)) ?? 0;

    public Task<long> CountAsync(RqlCondition condition, long upTo, CancellationToken cancellationToken) =>
        database.ListAsync(context => TaskSearch.CountAsync(context, condition, upTo, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<FoundTask>> FindTasksAsync(
        RqlCondition condition, long after, long upTo, int limit, bool withSizes, CancellationToken cancellationToken) =>
        database.ListAsync(
            context => TaskSearch.WalkAsync(context, condition, after, upTo, limit, withSizes, cancellationToken), cancellationToken);
}
