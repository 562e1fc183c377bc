using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>Reads and writes managed functions through EF Core, on either database.</summary>
internal sealed class FunctionStore(IModelDatabase database) : IFunctionStore
{
    public async Task<IReadOnlyList<StoredFunction>> AllAsync() =>
        (await database.ReadAsync(
            static context =>
                context.Functions.Where(static row => row.Step != FunctionStep.Creating).OrderBy(static row => row.Name).ToListAsync()))
            .ConvertAll(static row => row.ToFunction());

    public async Task<StoredFunction?> FindAsync(string name) =>
        (await database.ReadAsync(context => context.Functions.SingleOrDefaultAsync(row => row.Name == name)))?.ToFunction();

    public async Task<IReadOnlyList<StoredFunction>> AbandonedAsync() =>
        !await database.AnyAsync($"select 1 from functions where step <> '{FunctionStep.None}' limit 1") ? []
        : await database.ReadAsync<IReadOnlyList<StoredFunction>>(static async context =>
        {
            var now = await context.NowAsync(default);
            return (await context.Functions.Where(row => row.Step != FunctionStep.None && row.StepEndsAt <= now).ToListAsync())
                .ConvertAll(static row => row.ToFunction());
        });

    public Task<StoredFunction?> AddAsync(StoredFunction function, TimeSpan atMost) => database.WriteAsync<StoredFunction?>(async context =>
    {
        if (await context.Functions.SingleOrDefaultAsync(row => row.Name == function.Name) is { } existing)
        {
            return existing.ToFunction();
        }

        function.UpdatedAt = await context.NowAsync(default);
        (function.Step, function.StepId, function.StepEndsAt) =
            (FunctionStep.Creating, Guid.NewGuid(), function.UpdatedAt + Microseconds.Of(atMost));
        context.Add(FunctionRow.Of(function));
        await context.SaveChangesAsync();
        return null;
    });

    public Task<bool> BeginAsync(
        StoredFunction seen, string step, TimeSpan atMost, StoredFunction? next = null, string? nextCodeHash = null) =>
        ChangeAsync(seen, (row, now) =>
        {
            (row.Step, row.StepId, row.StepEndsAt) = (step, Guid.NewGuid(), now + Microseconds.Of(atMost));
            (row.Next, row.NextCodeHash) = (FunctionRow.NextOf(next), nextCodeHash);
        }, (row, _) => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt,
        row => (seen.Step, seen.StepId, seen.StepEndsAt, seen.Next, seen.NextCodeHash) =
            (row.Step, row.StepId, row.StepEndsAt, next, row.NextCodeHash));

    public Task<bool> TakeOverAsync(StoredFunction seen, TimeSpan atMost) => ChangeAsync(seen,
        (row, now) => row.StepEndsAt = now + Microseconds.Of(atMost),
        (row, now) => IsStepOf(row, seen) && row.StepEndsAt <= now,
        row => seen.StepEndsAt = row.StepEndsAt);

    public Task<bool> EndAsync(StoredFunction seen, StoredFunction? settings, string? account = null) => ChangeAsync(seen, (row, now) =>
    {
        if (settings is not null)
        {
            row.TakeSettings(FunctionRow.Of(settings));
            row.UpdatedAt = now;
        }

        row.Account = account ?? row.Account;
        (row.Step, row.StepId, row.StepEndsAt, row.Next, row.NextCodeHash) = (FunctionStep.None, null, 0, null, null);
    }, (row, _) => IsStepOf(row, seen), isForTasks: true);

    public Task<bool> RemoveAsync(StoredFunction seen) => database.WriteAsync(async context =>
    {
        var removed = await context.Functions.Where(
            row => row.Name == seen.Name && row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt).ExecuteDeleteAsync();
        await context.RenewFunctionsAsync();
        return removed == 1;
    });

    public Task<bool> ChangeAsync(StoredFunction seen, StoredFunction settings) => ChangeAsync(seen, (row, now) =>
    {
        row.TakeSettings(FunctionRow.Of(settings));
        row.UpdatedAt = now;
    }, (row, _) => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt, isForTasks: true);

    public Task<bool> EnableAsync(StoredFunction seen, bool isEnabled) => ChangeAsync(
        seen,
        // Another call's copy of the row stays valid, because nothing that it may change is changed here.
        (row, now) => (row.IsEnabled, row.UpdatedAt) = (isEnabled, row.Step == FunctionStep.None ? now : row.UpdatedAt),
        static (row, _) => row.Step != FunctionStep.Creating, isForTasks: true);

    private static bool IsStepOf(FunctionRow row, StoredFunction seen) => row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt;

    /// <param name="change">Changes the row. It gets the time.</param>
    /// <param name="holds">Returns true when the stored function is, at that time, as the caller expects.</param>
    /// <param name="committed">Gets what is stored now. Nothing that the caller holds is changed before the commit, because the write may
    /// be tried again.</param>
    /// <param name="isForTasks">True when the change affects how tasks are computed.</param>
    private async Task<bool> ChangeAsync(
        StoredFunction seen, Action<FunctionRow, long> change, Func<FunctionRow, long, bool> holds, Action<FunctionRow>? committed = null,
        bool isForTasks = false)
    {
        var changed = await database.WriteAsync(async context =>
        {
            var now = await context.NowAsync(default);
            var stored = await context.Functions.AsTracking().SingleOrDefaultAsync(row => row.Name == seen.Name);
            if (stored is null || !holds(stored, now))
            {
                return null;
            }

            change(stored, now);
            await context.SaveChangesAsync();
            if (isForTasks)
            {
                await context.RenewFunctionsAsync();
            }

            return stored;
        });
        if (changed is not null)
        {
            committed?.Invoke(changed);
        }

        return changed is not null;
    }
}
