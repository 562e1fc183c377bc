using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Triggers;

/// <summary>
/// Raises events: stores each with the tasks that it triggers, in one transaction. An event that is known triggers nothing again, whatever
/// crashed before. The tasks are computed from the triggers as they are when the event is stored.
/// </summary>
public sealed class EventIntake(
    TaskIntake intake, ITriggerStore triggers, IRaisedEventStore events, ITaskLoader loader, IStoreClock storeClock, TimeProvider clock,
    ILogger<EventIntake> logger)
{
    private const int MaxAttempts = 10;

    /// <summary>Raises an event under an id that its publisher may use again. The first content of an id wins.</summary>
    /// <returns>The stored event.</returns>
    /// <exception cref="CommandRefusedException">The task that should have raised it is unknown, or what it triggers is too
    /// large.</exception>
    /// <exception cref="StoreUnavailableException">The database is away, or too much waits to be stored.</exception>
    public async Task<RaisedEvent> RaiseAsync(TaskId id, NewEvent wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var raisedBy = await RaisedByAsync(wanted);
        var depth = raisedBy?.Depth ?? 0;
        // A failure, which no request or message raises, belongs to the trace of its task.
        using var span = TaskTraces.Current is null && raisedBy?.TraceParent is { } trace ? TaskTraces.Receive(wanted.Type, trace) : null;
        for (var attempts = 0; attempts < MaxAttempts; attempts++)
        {
            if (await TryRaiseAsync(id, wanted, depth) is { } raised)
            {
                return raised;
            }

            if (await FindAsync(id) is { } known)
            {
                if (!IsOf(known, wanted))
                {
                    logger.DifferentEvent(id);
                }

                return known;
            }

            // Functions or triggers have changed meanwhile.
            await intake.RefreshFunctionsAsync();
        }

        throw new StoreUnavailableException("The event could not be stored: functions or dispatchers changed each time. Try again.");
    }

    /// <summary>Raises an event whose caller may ask again. The same key and content are the same event for 24 hours.</summary>
    /// <returns>The stored event. Null when the key made one with other content.</returns>
    /// <exception cref="CommandRefusedException">As for an event without a key.</exception>
    public async Task<RaisedEvent?> RaiseAsync(IdempotencyKey key, NewEvent wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var (id, known) = await key.FindAsync(
            clock, (ids, _) => events.FindAsync(ids), static raised => Microseconds.ToTime(raised.CreatedAt), cancellationToken);
        var stored = known is null ? await RaiseAsync(id, wanted) : await ProvedAsync(known);
        return IsOf(stored, wanted) ? stored : null;
    }

    /// <summary>Raises the failure of a task, which the outbox kept when the task failed.</summary>
    /// <param name="body">The event as the outbox has it: <see cref="EventOccurred"/>.</param>
    internal async Task RaiseFailureAsync(string body)
    {
        var raised = JsonSerializer.Deserialize<EventOccurred>(body, JsonOutput.Messages)!;
        try
        {
            await RaiseAsync(TaskId.Parse(raised.EventId!), NewEvent.Of(raised));
        }
        catch (CommandRefusedException refused)
        {
            logger.FailureNotRaised(TaskId.Parse(raised.RaisedByTaskId!), refused.Refusal.Message);
        }
    }

    private async Task<RaisedEvent?> FindAsync(TaskId id)
    {
        var found = (await events.FindAsync([id])).GetValueOrDefault(id);
        return found is null ? null : await ProvedAsync(found);
    }

    /// <summary>If a commit of this process is in doubt, it is proved before an event is answered as stored.</summary>
    private async Task<RaisedEvent> ProvedAsync(RaisedEvent found)
    {
        await loader.LoadAsync([found.Id], withInput: false, CancellationToken.None);
        return found;
    }

    /// <returns>The stored event, or null when it is known, or functions or triggers have changed meanwhile.</returns>
    private async Task<RaisedEvent?> TryRaiseAsync(TaskId id, NewEvent wanted, int depth)
    {
        // The functions come first. Whatever changes after that makes the attempt fail.
        var functions = intake.Functions;
        var found = await triggers.OfTypeAsync(wanted.Type);
        RaisedEvent raised = new(id, wanted.Type, await storeClock.MicrosecondsAsync())
        {
            Content = wanted.Content,
            Depth = depth,
            RaisedByTaskId = wanted.RaisedByTaskId,
            CreatedByApplicationId = wanted.CreatedByApplicationId,
            CreatedByUserId = wanted.CreatedByUserId,
        };
        var isTooDeep = depth >= EventRules.MaxDepth;
        var all = isTooDeep ? new() : TriggeredTasks.Of(raised, wanted.Actions, found);
        var (ids, tasks) = await intake.OnlyKnownAsync(all.Ids, all.Tasks, (task, refusal) => logger.TriggerRefused(id, task, refusal));
        raised = raised with { TaskCount = tasks.Count };
        var isStored = tasks.Count == 0
            ? await events.TryAddAsync(raised, functions.Revision)
            : await intake.RaiseAsync(raised, ids, tasks, functions);
        if (isStored && isTooDeep && (found.Count > 0 || wanted.Actions.Count > 0))
        {
            logger.TriggersTooDeep(id, wanted.Type, depth);
        }

        return isStored ? raised : null;
    }

    /// <summary>The task that raises the event, which is as deep. Null when no task does.</summary>
    private async Task<TaskRecord?> RaisedByAsync(NewEvent wanted)
    {
        if (wanted.RaisedByTaskId is not { } id)
        {
            return null;
        }

        return (await loader.LoadAsync([id], withInput: false, CancellationToken.None)).GetValueOrDefault(id)
            ?? throw new CommandRefusedException(
                ErrorCode.ResourceUnknown, $"raisedByTaskId: there is no task '{id}'. Leave it out if no task raises the event.");
    }

    private static bool IsOf(RaisedEvent stored, NewEvent wanted) =>
        stored.Type == wanted.Type && stored.RaisedByTaskId == wanted.RaisedByTaskId
        && TaskIntake.SameData(stored.Content, wanted.Content is null ? null : JsonElement.Parse(wanted.Content));
}
