using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>What processes counted of tasks, on either database. Each writes it in its own way, without EF Core.</summary>
internal abstract class HistoryStore(IModelDatabase database) : IHistoryStore
{
    public abstract Task WriteAsync(IReadOnlyList<StoredCounts> counts, CancellationToken cancellationToken);

    public Task ReadAsync(
        long from, long until, string? functionName, Action<StoredCounts> read, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var rows = context.History.AsNoTracking().Where(row => row.Minute >= from && row.Minute < until)
                .Where(row => functionName == null || row.FunctionName == functionName).OrderBy(static row => row.Minute);
            await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                read(new(row.Minute, row.FunctionName, row.ProcessId, TaskCounts.Parse(row.Counts)));
            }

            return true;
        }, cancellationToken);

    public Task<long?> FirstMinuteAsync() => database.ReadAsync(
        static context => context.History.Where(static row => row.ProcessId != Guid.Empty).MinAsync(static row => (long?)row.Minute));

    public Task ReplaceAsync(long from, long until, IReadOnlyList<StoredCounts> counts) => database.WriteAsync(async context =>
    {
        await context.History.Where(row => row.Minute >= from && row.Minute < until).ExecuteDeleteAsync();
        context.AddRange(counts.Select(HistoryRow.Of));
        return await context.SaveChangesAsync();
    });
}
