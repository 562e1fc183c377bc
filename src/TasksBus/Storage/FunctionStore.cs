using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>
/// The managed functions as they are stored. What Lambda must be asked for is a step: written down before, with a time by which it is
/// over, and again when it is done. A step that was not ended in time belongs to whoever takes it over.
/// </summary>
public sealed class FunctionStore(IModelDatabase database)
{
    /// <summary>All that are there, by name; those that are being made are not.</summary>
    public Task<List<FunctionRow>> AllAsync() =>
        database.ReadAsync(static context => context.Functions.Where(static row => row.Step != FunctionStep.Creating).OrderBy(static row => row.Name).ToListAsync());

    /// <summary>One, whatever is being done to it; null where there is none.</summary>
    public Task<FunctionRow?> FindAsync(string name) => database.ReadAsync(context => context.Functions.SingleOrDefaultAsync(row => row.Name == name));

    /// <summary>Those whose step was not ended in time.</summary>
    public Task<List<FunctionRow>> AbandonedAsync() => database.ReadAsync(static async context =>
    {
        var now = await context.NowAsync(default);
        return await context.Functions.Where(row => row.Step != FunctionStep.None && row.StepEndsAt <= now).ToListAsync();
    });

    /// <summary>Adds a function that is about to be made in Lambda.</summary>
    /// <returns>Null: it was added, and has its step. Otherwise the one that has the name already.</returns>
    public Task<FunctionRow?> AddAsync(FunctionRow function, TimeSpan atMost) => database.WriteAsync<FunctionRow?>(async context =>
    {
        if (await context.Functions.SingleOrDefaultAsync(row => row.Name == function.Name) is { } existing)
        {
            return existing;
        }

        function.UpdatedAt = await context.NowAsync(default);
        (function.Step, function.StepId, function.StepEndsAt) = (FunctionStep.Creating, Guid.NewGuid(), function.UpdatedAt + Microseconds.Of(atMost));
        context.Add(function);
        await context.SaveChangesAsync();
        return null;
    });

    /// <summary>Begins a step, unless the function is another one than was seen, or is in a step already.</summary>
    /// <param name="seen">Gets the step.</param>
    /// <param name="next">For an update: the function as it is to be.</param>
    /// <param name="nextCodeHash">For an update with code: its SHA-256 as base64.</param>
    public Task<bool> BeginAsync(FunctionRow seen, string step, TimeSpan atMost, FunctionRow? next = null, string? nextCodeHash = null) =>
        ChangeAsync(seen, (row, now) =>
        {
            (row.Step, row.StepId, row.StepEndsAt) = (step, Guid.NewGuid(), now + Microseconds.Of(atMost));
            (row.Next, row.NextCodeHash) = (next is null ? null : JsonSerializer.Serialize(next), nextCodeHash);
        }, (row, _) => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt,
        row => (seen.Step, seen.StepId, seen.StepEndsAt, seen.Next, seen.NextCodeHash) = (row.Step, row.StepId, row.StepEndsAt, row.Next, row.NextCodeHash));

    /// <summary>Takes over a step that was not ended in time; whoever had it cannot end it any more.</summary>
    public Task<bool> TakeOverAsync(FunctionRow seen, TimeSpan atMost) => ChangeAsync(seen,
        (row, now) => row.StepEndsAt = now + Microseconds.Of(atMost),
        (row, now) => IsStepOf(row, seen) && row.StepEndsAt <= now,
        row => seen.StepEndsAt = row.StepEndsAt);

    /// <summary>Ends the caller's step.</summary>
    /// <param name="settings">The function as it is now, where the step changed it.</param>
    /// <param name="account">Where Lambda has it, as far as it told.</param>
    /// <returns>False: somebody else took the step over.</returns>
    public Task<bool> EndAsync(FunctionRow seen, FunctionRow? settings, string? account = null) => ChangeAsync(seen, (row, now) =>
    {
        if (settings is not null)
        {
            row.TakeSettings(settings);
            row.UpdatedAt = now;
        }

        row.Account = account ?? row.Account;
        (row.Step, row.StepId, row.StepEndsAt, row.Next, row.NextCodeHash) = (FunctionStep.None, null, 0, null, null);
    }, (row, _) => IsStepOf(row, seen), isForTasks: true);

    /// <summary>Forgets the function with the caller's step.</summary>
    /// <returns>False: somebody else took the step over.</returns>
    public Task<bool> RemoveAsync(FunctionRow seen) => database.WriteAsync(async context =>
    {
        var removed = await context.Functions.Where(row => row.Name == seen.Name && row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt).ExecuteDeleteAsync();
        await context.RenewFunctionsAsync();
        return removed == 1;
    });

    /// <summary>Changes settings that are ours alone, unless the function is another one than was seen, or is in a step.</summary>
    public Task<bool> ChangeAsync(FunctionRow seen, FunctionRow settings) => ChangeAsync(seen, (row, now) =>
    {
        row.TakeSettings(settings);
        row.UpdatedAt = now;
    }, (row, _) => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt, isForTasks: true);

    /// <summary>Enables or disables the function, whatever is being done to it.</summary>
    public Task<bool> EnableAsync(FunctionRow seen, bool isEnabled) => ChangeAsync(
        seen,
        // Another call's view of it stays good: nothing that it may change is changed here.
        (row, now) => (row.IsEnabled, row.UpdatedAt) = (isEnabled, row.Step == FunctionStep.None ? now : row.UpdatedAt),
        static (row, _) => row.Step != FunctionStep.Creating, isForTasks: true);

    private static bool IsStepOf(FunctionRow row, FunctionRow seen) => row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt;

    /// <param name="change">Is told the time.</param>
    /// <param name="holds">Whether the stored function is as the caller thinks, at a time.</param>
    /// <param name="committed">Is told what is stored now. Before the commit nothing that the caller holds is changed: it may be tried again.</param>
    /// <param name="isForTasks">Whether tasks are to be computed from the change.</param>
    private async Task<bool> ChangeAsync(
        FunctionRow seen, Action<FunctionRow, long> change, Func<FunctionRow, long, bool> holds, Action<FunctionRow>? committed = null, bool isForTasks = false)
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
