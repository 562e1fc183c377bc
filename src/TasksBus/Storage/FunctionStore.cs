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
        ChangeAsync(seen, now =>
        {
            (seen.Step, seen.StepId, seen.StepEndsAt) = (step, Guid.NewGuid(), now + Microseconds.Of(atMost));
            (seen.Next, seen.NextCodeHash) = (next is null ? null : JsonSerializer.Serialize(next), nextCodeHash);
        }, row => (row.Step, row.StepId, row.StepEndsAt, row.Next, row.NextCodeHash) = (seen.Step, seen.StepId, seen.StepEndsAt, seen.Next, seen.NextCodeHash),
        row => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt);

    /// <summary>Takes over a step that was not ended in time; whoever had it cannot end it any more.</summary>
    public Task<bool> TakeOverAsync(FunctionRow seen, TimeSpan atMost)
    {
        var (endedAt, now) = (seen.StepEndsAt, 0L);
        return ChangeAsync(seen, time => (now, seen.StepEndsAt) = (time, time + Microseconds.Of(atMost)),
            row => row.StepEndsAt = seen.StepEndsAt,
            row => row.StepId == seen.StepId && row.StepEndsAt == endedAt && endedAt <= now);
    }

    /// <summary>Ends the caller's step.</summary>
    /// <param name="settings">The function as it is now, where the step changed it.</param>
    /// <param name="account">Where Lambda has it, as far as it told.</param>
    /// <returns>False: somebody else took the step over.</returns>
    public Task<bool> EndAsync(FunctionRow seen, FunctionRow? settings, string? account = null)
    {
        var now = 0L;
        return ChangeAsync(seen, time => now = time, row =>
        {
            if (settings is not null)
            {
                row.TakeSettings(settings);
                row.UpdatedAt = now;
            }

            row.Account = account ?? row.Account;
            (row.Step, row.StepId, row.StepEndsAt, row.Next, row.NextCodeHash) = (FunctionStep.None, null, 0, null, null);
        }, row => IsStepOf(row, seen), isForTasks: true);
    }

    /// <summary>Forgets the function with the caller's step.</summary>
    /// <returns>False: somebody else took the step over.</returns>
    public Task<bool> RemoveAsync(FunctionRow seen) => database.WriteAsync(async context =>
    {
        var removed = await context.Functions.Where(row => row.Name == seen.Name && row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt).ExecuteDeleteAsync();
        await context.RenewFunctionsAsync();
        return removed == 1;
    });

    /// <summary>Changes settings that are ours alone, unless the function is another one than was seen, or is in a step.</summary>
    public Task<bool> ChangeAsync(FunctionRow seen, FunctionRow settings)
    {
        var now = 0L;
        return ChangeAsync(seen, time => now = time, row =>
        {
            row.TakeSettings(settings);
            row.UpdatedAt = now;
        }, row => row.Step == FunctionStep.None && row.UpdatedAt == seen.UpdatedAt, isForTasks: true);
    }

    /// <summary>Enables or disables the function, whatever is being done to it.</summary>
    public Task<bool> EnableAsync(FunctionRow seen, bool isEnabled)
    {
        var now = 0L;
        return ChangeAsync(seen, time => now = time, row =>
        {
            // Another call's view of it stays good: nothing that it may change is changed here.
            (row.IsEnabled, row.UpdatedAt) = (isEnabled, row.Step == FunctionStep.None ? now : row.UpdatedAt);
        }, static row => row.Step != FunctionStep.Creating, isForTasks: true);
    }

    private static bool IsStepOf(FunctionRow row, FunctionRow seen) => row.StepId == seen.StepId && row.StepEndsAt == seen.StepEndsAt;

    /// <param name="at">Told the time before anything else.</param>
    /// <param name="holds">Whether the stored function is as the caller thinks.</param>
    /// <param name="isForTasks">Whether tasks are to be computed from the change.</param>
    private Task<bool> ChangeAsync(FunctionRow seen, Action<long> at, Action<FunctionRow> change, Func<FunctionRow, bool> holds, bool isForTasks = false) =>
        database.WriteAsync(async context =>
        {
            at(await context.NowAsync(default));
            var stored = await context.Functions.AsTracking().SingleOrDefaultAsync(row => row.Name == seen.Name);
            if (stored is null || !holds(stored))
            {
                return false;
            }

            change(stored);
            await context.SaveChangesAsync();
            if (isForTasks)
            {
                await context.RenewFunctionsAsync();
            }

            return true;
        });
}
