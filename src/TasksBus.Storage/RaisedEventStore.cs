using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage;

/// <summary>
/// Reads events through EF Core, on either database. An event is written by the store of the tasks that it triggers, also when there are
/// none.
/// </summary>
/// <param name="tryAdd">Stores an event without tasks.</param>
internal sealed class RaisedEventStore(IModelDatabase database, Func<RaisedEvent, Guid, Task<bool>> tryAdd) : IRaisedEventStore
{
    public Task<bool> TryAddAsync(RaisedEvent raised, Guid functions) => tryAdd(raised, functions);

    public Task<IReadOnlyDictionary<TaskId, RaisedEvent>> FindAsync(IReadOnlyList<TaskId> ids)
    {
        var texts = ids.Select(static id => id.ToString()).ToList();
        return database.ReadAsync<IReadOnlyDictionary<TaskId, RaisedEvent>>(async context =>
            (await context.RaisedEvents.Where(row => texts.Contains(row.Id)).ToListAsync())
                .Select(static row => row.ToEvent()).ToDictionary(static raised => raised.Id));
    }

    public Task<EventPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var (rows, total, limit) = await RqlSearch.FindRowsAsync(
                context, RecordColumns.RaisedEvents, query, context.RaisedEvents, readsInput: true, cancellationToken);
            return new EventPage([.. rows.Select(static row => row.ToEvent())], total, limit);
        }, cancellationToken);
}
