using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage;

/// <summary>Reads and writes triggers through EF Core, on either database.</summary>
internal sealed class TriggerStore(IModelDatabase database) : ITriggerStore
{
    public Task<TriggerOutcome> AddAsync(StoredTrigger trigger) => database.WriteAsync(async context =>
    {
        var fault = await FaultAsync(context, trigger);
        if (fault == TriggerOutcome.Stored)
        {
            context.Add(TriggerRow.Of(trigger));
            await context.SaveChangesAsync();
            await context.RenewFunctionsAsync();
        }

        return fault;
    });

    public async Task<StoredTrigger?> FindAsync(TaskId id) => (await database.FindAsync<TriggerRow>(id))?.ToTrigger();

    public Task<TriggerPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(async context =>
        {
            var (rows, total, limit) = await RqlSearch.FindRowsAsync(
                context, RecordColumns.Triggers, query, context.Triggers, readsInput: true, cancellationToken);
            return new TriggerPage([.. rows.Select(static row => row.ToTrigger())], total, limit);
        }, cancellationToken);

    public Task<TriggerOutcome> ChangeAsync(StoredTrigger seen, StoredTrigger next) => database.WriteAsync(async context =>
    {
        var fault = await FaultAsync(context, next);
        if (fault != TriggerOutcome.Stored)
        {
            return fault;
        }

        var row = TriggerRow.Of(next);
        var changed = await context.Triggers.Where(each => each.Id == row.Id && each.Version == seen.Version)
            .ExecuteUpdateAsync(set => set
                .SetProperty(static each => each.Version, static each => each.Version + 1)
                .SetProperty(static each => each.EventType, row.EventType)
                .SetProperty(static each => each.Name, row.Name)
                .SetProperty(static each => each.Description, row.Description)
                .SetProperty(static each => each.Tags, row.Tags)
                .SetProperty(static each => each.Actions, row.Actions)
                .SetProperty(static each => each.ActionCount, row.ActionCount)
                .SetProperty(static each => each.UpdatedAt, row.UpdatedAt));
        await context.RenewFunctionsAsync();
        return changed == 1 ? TriggerOutcome.Stored : TriggerOutcome.Changed;
    });

    public Task<bool> DeleteAsync(TaskId id)
    {
        var text = id.ToString();
        return database.WriteAsync(async context =>
        {
            var deleted = await context.Triggers.Where(row => row.Id == text).ExecuteDeleteAsync();
            await context.RenewFunctionsAsync();
            return deleted == 1;
        });
    }

    public async Task<IReadOnlyList<StoredTrigger>> OfTypeAsync(string eventType) =>
        (await database.ReadAsync(context => context.Triggers.Where(row => row.EventType == eventType)
            .OrderBy(static row => row.CreatedAt).ThenBy(static row => row.Id).ToListAsync()))
            .ConvertAll(static row => row.ToTrigger());

    /// <summary>Returns why a trigger cannot be stored. Writers run one after the other, so nothing changes until the commit.</summary>
    private static async Task<TriggerOutcome> FaultAsync(TasksDbContext context, StoredTrigger trigger)
    {
        var id = trigger.Id.ToString();
        if (trigger.Name is { } name && await context.Triggers.AnyAsync(row => row.Name == name && row.Id != id))
        {
            return TriggerOutcome.NameTaken;
        }

        var others = await context.Triggers.Where(row => row.EventType == trigger.EventType && row.Id != id)
            .SumAsync(static row => row.ActionCount);
        return others + trigger.Actions.Count > EventRules.MaxActionsOfType ? TriggerOutcome.TooManyActions : TriggerOutcome.Stored;
    }
}
