using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.Triggers;

/// <summary>Triggers, which the API calls dispatchers, as their owners create, read and change them.</summary>
public sealed class TriggerBook(ITriggerStore triggers, IStoreClock clock, TaskIntake intake)
{
    /// <summary>The limit for the data of a trigger's actions together, in bytes of UTF-8.</summary>
    public const int MaxData = 4 * 1024 * 1024;

    /// <summary>Stores a trigger that is valid by the rules.</summary>
    /// <param name="applicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <returns>The stored trigger.</returns>
    /// <exception cref="CommandRefusedException">Another trigger has the name, a limit is reached, or only registered functions may run and
    /// that of an action is not registered.</exception>
    public async Task<StoredTrigger> CreateAsync(NewTrigger wanted, string? applicationId, string? userId)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        foreach (var action in wanted.Actions)
        {
            await intake.RequireKnownAsync(action.Task);
        }

        var now = await clock.MicrosecondsAsync();
        StoredTrigger trigger = new()
        {
            Id = TaskId.New(),
            EventType = wanted.EventType,
            Name = wanted.Name,
            Description = wanted.Description,
            Tags = wanted.Tags,
            Actions = [.. wanted.Actions.Select(static action => action.Under(TaskId.New()))],
            CreatedByApplicationId = applicationId,
            CreatedByUserId = userId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        CheckSize(trigger);
        Require(await triggers.AddAsync(trigger), trigger);
        return trigger;
    }

    /// <summary>Null when there is none with that id.</summary>
    public Task<StoredTrigger?> FindAsync(TaskId id) => triggers.FindAsync(id);

    /// <summary>The triggers that a query finds.</summary>
    public Task<TriggerPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => triggers.FindAsync(query, cancellationToken);

    /// <summary>Deletes a trigger. The tasks that it has made stay. After this returns, no event triggers its actions.</summary>
    /// <returns>True when there was one.</returns>
    public Task<bool> DeleteAsync(TaskId id) => triggers.DeleteAsync(id);

    /// <summary>Changes a trigger.</summary>
    /// <param name="change">Returns the changed trigger, or null when what it should change is not there. It is called again when
    /// another has changed the trigger meanwhile.</param>
    /// <returns>The trigger as it is stored now. Null when there is none with that id, or <paramref name="change"/> returned
    /// null.</returns>
    /// <exception cref="CommandRefusedException">Another trigger has the name, or a limit is reached.</exception>
    public async Task<StoredTrigger?> ChangeAsync(TaskId id, Func<StoredTrigger, StoredTrigger?> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (await triggers.FindAsync(id) is { } seen && change(seen) is { } changed)
        {
            var next = changed with { UpdatedAt = await clock.MicrosecondsAsync() };
            CheckSize(next);
            var outcome = await triggers.ChangeAsync(seen, next);
            if (outcome != TriggerOutcome.Changed)
            {
                Require(outcome, next);
                return next;
            }
        }

        return null;
    }

    /// <summary>Adds an action that is valid by the rules.</summary>
    /// <returns>The action. Null when there is no such trigger.</returns>
    /// <exception cref="CommandRefusedException">A limit is reached, or only registered functions may run and that of the action is not
    /// registered.</exception>
    public async Task<TriggerAction?> AddActionAsync(TaskId id, NewAction wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        await intake.RequireKnownAsync(wanted.Task);
        var action = wanted.Under(TaskId.New());
        return await ChangeAsync(id, trigger => trigger with { Actions = [.. trigger.Actions, action] }) is null ? null : action;
    }

    /// <summary>Changes an action.</summary>
    /// <param name="change">Returns the changed action.</param>
    /// <returns>True when there is such an action.</returns>
    /// <exception cref="CommandRefusedException">A limit is reached, or only registered functions may run and that of the action is not
    /// registered.</exception>
    public async Task<bool> ChangeActionAsync(TaskId id, TaskId actionId, Func<TriggerAction, TriggerAction> change)
    {
        if ((await triggers.FindAsync(id))?.Actions.FirstOrDefault(action => action.Id == actionId) is not { } seen)
        {
            return false;
        }

        await intake.RequireKnownAsync(new() { FunctionName = change(seen).FunctionName });
        return await ChangeAsync(id, trigger => trigger.Actions.Any(action => action.Id == actionId)
            ? trigger with { Actions = [.. trigger.Actions.Select(action => action.Id == actionId ? change(action) : action)] }
            : null) is not null;
    }

    /// <summary>Deletes an action.</summary>
    /// <returns>True when there was one.</returns>
    public async Task<bool> DeleteActionAsync(TaskId id, TaskId actionId) => await ChangeAsync(id, trigger =>
        trigger.Actions.Any(action => action.Id == actionId)
            ? trigger with { Actions = [.. trigger.Actions.Where(action => action.Id != actionId)] }
            : null) is not null;

    /// <exception cref="CommandRefusedException">There are too many.</exception>
    internal static void CheckCount(int actions)
    {
        if (actions > EventRules.MaxActions)
        {
            throw new CommandRefusedException(
                ErrorCode.FieldFormat, $"A dispatcher has at most {EventRules.MaxActions} actions; it would have {actions}.");
        }
    }

    private static void CheckSize(StoredTrigger trigger)
    {
        CheckCount(trigger.Actions.Count);
        if (trigger.Actions.Sum(static action => System.Text.Encoding.UTF8.GetByteCount(action.Data ?? "")) is > MaxData and var bytes)
        {
            throw new CommandRefusedException(ErrorCode.DataTooLarge, string.Create(
                CultureInfo.InvariantCulture,
                $"The actions of a dispatcher may have {MaxData} bytes of data together; they would have {bytes}. ")
                + "Store it elsewhere and send a reference.");
        }
    }

    private static void Require(TriggerOutcome outcome, StoredTrigger trigger)
    {
        if (outcome == TriggerOutcome.NameTaken)
        {
            throw new CommandRefusedException(
                ErrorCode.ResourceAlreadyExists, $"There is another dispatcher with the name '{trigger.Name}'. Choose another name.");
        }

        if (outcome == TriggerOutcome.TooManyActions)
        {
            throw new CommandRefusedException(
                ErrorCode.IllegalState,
                $"All dispatchers for events of the type '{Excerpt.Of(trigger.EventType, 40)}' may have {EventRules.MaxActionsOfType} "
                + "actions together. Delete some, or let a function schedule the tasks.");
        }
    }
}
