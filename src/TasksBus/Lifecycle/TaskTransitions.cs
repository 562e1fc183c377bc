using System.Runtime.InteropServices;
using System.Text.Json;
using MassTransit;
using MassTransit.Context;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>Raises events on the state machine in this process and commits their changes in groups.</summary>
public sealed class TaskTransitions
{
    private readonly CommitLanes _lanes;
    private readonly TaskLifecycle _machine;
    private readonly KeptEvents _keptEvents;

    internal TaskTransitions(CommitLanes lanes, TaskLifecycle machine, KeptEvents keptEvents) =>
        (_lanes, _machine, _keptEvents) = (lanes, machine, keptEvents);

    /// <summary>Raises an event.</summary>
    /// <param name="known">The task as the caller last saw it, which saves a read.</param>
    /// <param name="caller">Canceled when nobody waits for the result any more. The step is then not taken, unless it is under way.</param>
    internal Task<TransitionResult> RaiseAsync(TaskEvent @event, TaskRecord? known = null, CancellationToken caller = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return SubmitAsync(
            TaskId.FromGuid(@event.CorrelationId), @event.Kind, current => RaiseOnAsync((TaskSaga?)current, @event), known,
            @event.DataLength, caller);
    }

    /// <summary>
    /// Raises an event that depends on the managed functions. It is computed from the functions as they are when it is committed.
    /// </summary>
    /// <param name="event">Makes the event from the current task (null when it is unknown) and the functions. It is called again after a
    /// lost race.</param>
    /// <param name="known">The task as the caller last saw it, which saves a read.</param>
    /// <param name="dataLength">How much input the step may store, in bytes.</param>
    /// <param name="caller">Canceled when nobody waits for the result any more. The step is then not taken, unless it is under way.</param>
    internal Task<TransitionResult> RaiseWithFunctionsAsync(
        TaskId id, EventKind kind, Func<TaskRecord?, FunctionPolicies, TaskEvent?> @event, TaskRecord? known = null, int dataLength = 0,
        CancellationToken caller = default) =>
        SubmitAsync(id, kind, current =>
        {
            var functions = _lanes.Functions;
            return @event(current, functions) is { } raised
                ? RaiseOnAsync((TaskSaga?)current, raised, functions) : ValueTask.FromResult<TaskChange?>(null);
        }, known, dataLength, caller);

    /// <summary>Refuses at once what would be refused later.</summary>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    internal void RequireRoom()
    {
        if (!_lanes.Room.IsOpen)
        {
            throw new IntakeFullException();
        }
    }

    /// <summary>Schedules all of the tasks, or none if that fails.</summary>
    /// <param name="complete">Fills in what a task, at its position, takes from its function.</param>
    /// <param name="ids">An id for each task, all different. Default: new ids.</param>
    /// <param name="caller">Canceled when nobody waits for the result any more. Nothing is stored then, unless it is under way.</param>
    /// <returns>The stored tasks, in order.</returns>
    /// <exception cref="TaskIdTakenException">One of the ids is known.</exception>
    internal async Task<IReadOnlyList<TaskRecord>> ScheduleAllAsync(
        IReadOnlyList<ScheduleTask> tasks, Func<int, ScheduleTask, FunctionPolicies, ScheduleTask>? complete = null,
        IReadOnlyList<TaskId>? ids = null,
        CancellationToken caller = default)
    {
        List<TaskRecord> stored = [];
        var areFresh = ids is null;
        ids ??= [.. tasks.Select(static _ => TaskId.New())];
        var result = await _lanes.TakeInAsync(new Transition(ids[0], async current =>
        {
            if (current is not null)
            {
                // Nobody else has new ids, so these are the tasks themselves: a commit of unknown outcome arrived late.
                return areFresh ? null : throw new TaskIdTakenException(ids[0]);
            }

            stored.Clear();
            var functions = _lanes.Functions;
            TaskChange? first = null;
            for (var i = 0; i < ids.Count; i++)
            {
                var change = (await (complete is null
                    ? RaiseOnAsync(null, new ScheduleRequested(ids[i].ToGuid(), tasks[i]))
                    : RaiseOnAsync(null, new ScheduleRequested(ids[i].ToGuid(), complete(i, tasks[i], functions)), functions)))!;
                stored.Add(change.Task);
                first?.Inserts.Add(change);
                first ??= change;
            }

            return first;
        })
        { AssumesNew = true, Tasks = tasks.Count, DataLength = tasks.Sum(DataLength), Caller = caller });
        if (result.Outcome == TransitionOutcome.Applied)
        {
            return stored;
        }

        var found = await _lanes.LoadAsync([.. ids]);
        return [.. ids.Select(id => found[id])];
    }

    /// <summary>Schedules the task of a schedule's tick and moves the schedule on. Both happen, or neither.</summary>
    /// <param name="advance">Names the task.</param>
    /// <param name="task">Makes the task from the current functions.</param>
    /// <param name="dataLength">The size of the task's input and tags, in bytes.</param>
    /// <returns>True when this call did both.</returns>
    internal async Task<bool> TickAsync(ScheduleAdvance advance, Func<FunctionPolicies, ScheduleTask> task, int dataLength)
    {
        var id = advance.LastTaskId!.Value;
        Guid? tried = null;
        var result = await _lanes.TakeInAsync(new Transition(id, async current =>
        {
            var functions = _lanes.Functions;
            if (current is not null || functions.Revision == tried)
            {
                // The task is stored, or another process moved the schedule on.
                return null;
            }

            tried = functions.Revision;
            return await RaiseOnAsync(null, new ScheduleRequested(id.ToGuid(), task(functions)), functions, advance);
        })
        { AssumesNew = true, DataLength = dataLength });
        return result.Outcome == TransitionOutcome.Applied;
    }

    /// <summary>Schedules the task of a row of the inbox and deletes the row. Both happen, or neither.</summary>
    /// <param name="position">The row's position.</param>
    /// <param name="task">Makes the task from the current functions.</param>
    /// <param name="dataLength">The size of the task's input and tags, in bytes.</param>
    /// <returns>Ignored when the id is known, with the known task, or when the row is gone.</returns>
    internal Task<TransitionResult> TakeAsync(TaskId id, long position, Func<FunctionPolicies, ScheduleTask> task, int dataLength)
    {
        Guid? tried = null;
        return _lanes.TakeInAsync(new Transition(id, async current =>
        {
            var functions = _lanes.Functions;
            if (current is not null || functions.Revision == tried)
            {
                // The id is known, or another process took the row.
                return null;
            }

            tried = functions.Revision;
            return await RaiseOnAsync(null, new ScheduleRequested(id.ToGuid(), task(functions)), functions, inboxPosition: position);
        })
        { AssumesNew = true, NeedsInput = true, DataLength = dataLength });
    }

    /// <summary>Stores an event with the tasks that it triggers: all of it, or nothing.</summary>
    /// <param name="ids">An id for each task, all different.</param>
    /// <param name="tasks">At least one. They are filled in with values from the functions.</param>
    /// <param name="functions">The functions from which they were computed, which also identify the triggers.</param>
    /// <returns>False when the event is known, or when functions or triggers have changed since.</returns>
    internal async Task<bool> RaiseAsync(
        RaisedEvent raised, IReadOnlyList<TaskId> ids, IReadOnlyList<ScheduleTask> tasks, FunctionPolicies functions)
    {
        var isTried = false;
        // The event's id keeps the place in the line, so that the same event is in a batch once.
        var result = await _lanes.TakeInAsync(new Transition(raised.Id, async _ =>
        {
            if (isTried || _lanes.Functions.Revision != functions.Revision)
            {
                return null;
            }

            isTried = true;
            TaskChange? first = null;
            for (var i = 0; i < ids.Count; i++)
            {
                var change = (await RaiseOnAsync(
                    null, new ScheduleRequested(ids[i].ToGuid(), tasks[i]), functions, raised: first is null ? raised : null))!;
                first?.Inserts.Add(change);
                first ??= change;
            }

            return first;
        })
        { AssumesNew = true, Tasks = tasks.Count, DataLength = tasks.Sum(DataLength) });
        return result.Outcome == TransitionOutcome.Applied;
    }

    /// <summary>The functions from which steps are computed now.</summary>
    internal FunctionPolicies Functions => _lanes.Functions;

    /// <summary>Fails a task that nobody else will end. A task that cannot be failed now is logged and delays no other.</summary>
    /// <returns>True when this call failed the task.</returns>
    internal async Task<bool> TryFailAsync(TaskEvent @event, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(@event);
        try
        {
            return (await RaiseAsync(@event)).Outcome == TransitionOutcome.Applied;
        }
        catch (Exception exception)
        {
            logger.NotFailed(TaskId.FromGuid(@event.CorrelationId), exception);
            return false;
        }
    }

    /// <summary>Lets a MassTransit pipe run the machine, as a saga repository does.</summary>
    internal Task<TransitionResult> RunAsync(TaskId id, Func<TaskSaga?, CapturedContext, Task<TaskSaga?>> run) =>
        _lanes.TakeInAsync(new Transition(id, current => CaptureAsync((TaskSaga?)current, run)) { NeedsInput = true });

    private Task<TransitionResult> SubmitAsync(
        TaskId id, EventKind kind, Func<TaskRecord?, ValueTask<TaskChange?>> apply, TaskRecord? known, int dataLength,
        CancellationToken caller) =>
        _lanes.SubmitAsync(kind.Lane, new Transition(id, apply)
        {
            Known = known,
            AssumesNew = kind.MakesTask,
            DataLength = dataLength,
            NeedsInput = kind.NeedsInput,
            Caller = caller,
        });

    /// <summary>The size of the parts of a task that may be large: input and tags, in bytes.</summary>
    internal static int DataLength(ScheduleTask task) =>
        (task.Data is { } data ? JsonMarshal.GetRawUtf8Value(data).Length : 0) + (task.Tags?.Sum(static tag => tag.Length) ?? 0);

    private ValueTask<TaskChange?> RaiseOnAsync(
        TaskSaga? current, TaskEvent @event, FunctionPolicies? functions = null, ScheduleAdvance? advance = null,
        long? inboxPosition = null, RaisedEvent? raised = null) =>
        current is null && !@event.Kind.MakesTask
            ? ValueTask.FromResult<TaskChange?>(null)
            : CaptureAsync(current, async (existing, captured) =>
            {
                var task = existing ?? new TaskSaga { CorrelationId = @event.CorrelationId };
                await @event.RaiseAsync(new(_machine, task, captured));
                return task;
            }, @event.Invocation, functions, advance, inboxPosition, raised);

    /// <summary>Runs the machine and derives the change from what it did.</summary>
    private async ValueTask<TaskChange?> CaptureAsync(
        TaskSaga? current, Func<TaskSaga?, CapturedContext, Task<TaskSaga?>> run,
        (string? Log, string? RequestId, TaskError? NotRun) invocation = default, FunctionPolicies? functions = null,
        ScheduleAdvance? advance = null, long? inboxPosition = null, RaisedEvent? raised = null)
    {
        var (statusBefore, workerBefore) = (current?.Status, current?.WorkerId);
        var captured = new CapturedContext(_keptEvents);
        current?.RestoreTokens();
        var task = await run(current, captured);
        if (task is null || task.Status.Length == 0 || task.Status == statusBefore)
        {
            return null;
        }

        if (current is null)
        {
            task.Pool = (functions ?? _lanes.Functions).PoolOf(task.FunctionName);
        }

        var change = new TaskChange
        {
            Task = task,
            ExpectedVersion = current?.Version,
            WorkerBefore = statusBefore == TaskStates.InProgress ? workerBefore : null,
            DueAfter = captured.Start?.After,
            TimeLimit = captured.TimeLimit?.After,
            Log = invocation.Log,
            RequestId = invocation.RequestId,
            NotRun = invocation.NotRun,
            FunctionsRevision = functions?.Revision,
            Advance = advance,
            InboxPosition = inboxPosition,
            Raised = raised,
        };
        foreach (var message in captured.Published)
        {
            if (message is SuccessorScheduled successor)
            {
                var insert = await RaiseOnAsync(null, successor, functions);
                insert!.Task.IsWithoutInput = true;
                change.Inserts.Add(insert);
            }
            else
            {
                var type = message.GetType();
                change.Events.Add(new(EventIds.New(), type.Name, JsonSerializer.Serialize(message, type, JsonOutput.Messages)));
            }
        }

        return change;
    }
}
