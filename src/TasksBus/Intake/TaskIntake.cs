using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Intake;

/// <summary>Accepts commands from the bus and from the API.</summary>
public sealed class TaskIntake(
    TaskTransitions transitions, ITaskLoader loader, IFunctionPolicyStore policies, IOptions<TasksBusOptions> options,
    ILogger<TaskIntake> logger)
{
    private const int MaxAttempts = 10;

    /// <summary>How many tasks are read at once to be compared. Their inputs may be large.</summary>
    private const int ComparedAtOnce = 50;

    /// <summary>Stores a task that is valid by the rules, unless its id is known. Then the first content stays.</summary>
    /// <param name="createdByApplicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <param name="createdByUserId">The calling user: 24 hex digits, or null when it is unknown.</param>
    /// <param name="caller">Canceled when nobody waits for the result any more. The task is then not stored, unless that is under
    /// way.</param>
    /// <returns>The stored task.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public async Task<TaskRecord> ScheduleAsync(
        TaskId id, ScheduleTask task, string? createdByApplicationId = null, string? createdByUserId = null,
        CancellationToken caller = default)
    {
        await KnowAsync([task.FunctionName]);
        var from = task with
        {
            CreatedByApplicationId = createdByApplicationId,
            CreatedByUserId = createdByUserId,
            TraceParent = TaskTraces.Current,
        };
        var result = await transitions.RaiseWithFunctionsAsync(
            id, EventKind.Schedule, (_, functions) => new ScheduleRequested(id.ToGuid(), Complete(from, functions)),
            dataLength: TaskTransitions.DataLength(task), caller: caller);
        if (result.Outcome == TransitionOutcome.Ignored && !IsOf(result.Task!, task))
        {
            logger.DifferentContent(id);
        }

        return result.Task!;
    }

    /// <summary>Stores new tasks that are valid by the rules: all of them, or none.</summary>
    /// <param name="createdByApplicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <param name="createdByUserId">The calling user: 24 hex digits, or null when it is unknown.</param>
    /// <param name="ids">An id for each task, all different. Default: new ids.</param>
    /// <param name="caller">Canceled when nobody waits for the result any more. Nothing is then stored, unless that is under way.</param>
    /// <exception cref="TaskIdTakenException">One of the ids is known.</exception>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the function of one of the tasks is not
    /// registered.</exception>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public async Task<IReadOnlyList<TaskRecord>> ScheduleAllAsync(
        IReadOnlyList<ScheduleTask> tasks, string? createdByApplicationId = null, string? createdByUserId = null,
        IReadOnlyList<TaskId>? ids = null, CancellationToken caller = default)
    {
        await KnowAsync(tasks.Select(static task => task.FunctionName));
        var trace = TaskTraces.Current;
        var from = tasks.Select(task => task with
        {
            CreatedByApplicationId = createdByApplicationId,
            CreatedByUserId = createdByUserId,
            TraceParent = trace,
        });
        return await transitions.ScheduleAllAsync(
            [.. from], (place, task, functions) => Complete(task, functions, place), ids, caller);
    }

    /// <summary>
    /// Stores tasks that are valid by the rules, under ids that their publisher may use again: all of them or, if one is refused, none. A
    /// task whose id is known is skipped.
    /// </summary>
    /// <param name="ids">An id for each task.</param>
    /// <returns>The ids. All tasks are stored.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the function of one of the tasks is not
    /// registered.</exception>
    public async Task<IReadOnlyList<TaskId>> ScheduleAllAsync(IReadOnlyList<TaskId> ids, IReadOnlyList<ScheduleTask> tasks)
    {
        await KnowAsync(tasks.Select(static task => task.FunctionName));
        // The tasks are assumed to be new, which costs no read. If one is not, the known ones are looked up and left out.
        HashSet<TaskId> known = [];
        for (var attempts = 1; ; attempts++)
        {
            HashSet<TaskId> seen = [.. known];
            var places = Enumerable.Range(0, ids.Count).Where(place => seen.Add(ids[place])).ToArray();
            try
            {
                if (places.Length > 0)
                {
                    await transitions.ScheduleAllAsync(
                        [.. places.Select(place => Traced(tasks[place]))],
                        (place, task, functions) => Complete(task, functions, places[place]),
                        [.. places.Select(place => ids[place])]);
                }

                return ids;
            }
            catch (TaskIdTakenException) when (attempts < MaxAttempts)
            {
                await FindKnownAsync(ids, tasks, known);
            }
            catch (TaskIdTakenException exception)
            {
                throw new StoreUnavailableException(
                    "The tasks could not be stored: others stored some of them each time. Try again.", exception);
            }
        }
    }

    /// <summary>Stores the task of a schedule's tick and moves the schedule on, in one statement. Both happen, or neither.</summary>
    /// <param name="advance">Names the task.</param>
    /// <returns>True when this call did both. False when the schedule was changed meanwhile, or another process leads.</returns>
    /// <param name="onlyRegistered">True when only registered functions may run. This is the rule of the process that accepted the
    /// schedule, whatever this process is set to.</param>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    public async Task<bool> TickAsync(ScheduleAdvance advance, ScheduleTask task, bool onlyRegistered)
    {
        await KnowAsync([task.FunctionName], onlyRegistered);
        var traced = Traced(task);
        return await transitions.TickAsync(
            advance, functions => Complete(traced, functions, onlyRegistered), TaskTransitions.DataLength(task));
    }

    /// <summary>
    /// Stores the task of a row of the inbox, which is valid by the rules, and deletes the row, in one statement. Both happen, or neither.
    /// </summary>
    /// <remarks>It goes behind what was begun before. So <see cref="KnowAsync(IEnumerable{string})"/> is called first, for all.</remarks>
    /// <returns>True when the id was known. Then the row makes no task, and it may still be there.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    internal async Task<bool> TakeAsync(TaskId id, ScheduleTask task, long position)
    {
        var traced = Traced(task);
        var result = await transitions.TakeAsync(id, position, functions => Complete(traced, functions), TaskTransitions.DataLength(task));
        if (result is not { Outcome: TransitionOutcome.Ignored, Task: { } known })
        {
            return false;
        }

        if (!IsOf(known, task))
        {
            logger.DifferentContent(id);
        }

        return true;
    }

    /// <summary>The functions from which tasks are computed now.</summary>
    internal FunctionPolicies Functions => policies.Functions;

    internal Task RefreshFunctionsAsync() => policies.RefreshFunctionsAsync(CancellationToken.None);

    /// <summary>Leaves out tasks whose functions may not run here.</summary>
    /// <param name="refused">Gets the function of each task that is left out, and the reason.</param>
    internal async Task<(IReadOnlyList<TaskId> Ids, IReadOnlyList<ScheduleTask> Tasks)> OnlyKnownAsync(
        IReadOnlyList<TaskId> ids, IReadOnlyList<ScheduleTask> tasks, Action<string, string> refused)
    {
        await KnowAsync(tasks.Select(static task => task.FunctionName));
        if (!options.Value.OnlyRegisteredFunctions)
        {
            return (ids, tasks);
        }

        var left = Enumerable.Range(0, ids.Count).Where(place => policies.Functions.Contains(tasks[place].FunctionName)).ToHashSet();
        foreach (var name in tasks.Where((_, place) => !left.Contains(place)).Select(static task => task.FunctionName).Distinct())
        {
            refused(name, ScheduleRules.NotRegistered(name).Message);
        }

        return ([.. ids.Where((_, place) => left.Contains(place))], [.. tasks.Where((_, place) => left.Contains(place))]);
    }

    /// <summary>Stores an event with the tasks that it triggers, all of it or nothing.</summary>
    /// <param name="functions">The functions from which they were computed, which also identify the triggers.</param>
    /// <returns>False when the event is known, or when functions or triggers have changed since.</returns>
    internal Task<bool> RaiseAsync(
        RaisedEvent raised, IReadOnlyList<TaskId> ids, IReadOnlyList<ScheduleTask> tasks, FunctionPolicies functions) =>
        transitions.RaiseAsync(raised, ids, [.. tasks.Select(task => Complete(Traced(task), functions, onlyRegistered: false))], functions);

    /// <exception cref="CommandRefusedException">Only registered functions may run, and the task's function is not registered.</exception>
    public async Task RequireKnownAsync(ScheduleTask task)
    {
        await KnowAsync([task.FunctionName]);
        Complete(task, policies.Functions);
    }

    /// <summary>Refuses at once what would be refused later, before more of it is in memory.</summary>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public void RequireRoom() => transitions.RequireRoom();

    /// <summary>Cancels a task that is still new, whether or not its caller waits.</summary>
    /// <returns>Whether this call canceled it, and the current task without its input, or null when it is unknown.</returns>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public async Task<(bool Canceled, TaskRecord? Task)> CancelAsync(TaskId id)
    {
        var result = await transitions.RaiseAsync(new CancelRequested(id.ToGuid()));
        return (result.Outcome == TransitionOutcome.Applied, result.Task);
    }

    /// <summary>Before a function counts as unknown, it is looked for among those that others registered a moment ago.</summary>
    internal Task KnowAsync(IEnumerable<string> functionNames) => KnowAsync(functionNames, options.Value.OnlyRegisteredFunctions);

    private async Task KnowAsync(IEnumerable<string> functionNames, bool onlyRegistered)
    {
        if (onlyRegistered && functionNames.Any(name => !policies.Functions.Contains(name)))
        {
            await policies.RefreshFunctionsAsync(CancellationToken.None);
        }
    }

    /// <summary>Finds those of the tasks that are stored.</summary>
    private async Task FindKnownAsync(IReadOnlyList<TaskId> ids, IReadOnlyList<ScheduleTask> tasks, HashSet<TaskId> known)
    {
        await foreach (var (place, stored) in StoredAsync(ids))
        {
            if (known.Add(ids[place]) && !IsOf(stored, tasks[place]))
            {
                logger.DifferentContent(ids[place]);
            }
        }
    }

    /// <summary>Reads those of the tasks that are stored, each with its place among the ids, a few at a time.</summary>
    internal async IAsyncEnumerable<(int Place, TaskRecord Stored)> StoredAsync(IReadOnlyList<TaskId> ids)
    {
        foreach (var places in Enumerable.Range(0, ids.Count).Chunk(ComparedAtOnce))
        {
            var stored = await loader.LoadAsync([.. places.Select(place => ids[place])], withInput: true, CancellationToken.None);
            foreach (var place in places)
            {
                if (stored.TryGetValue(ids[place], out var task))
                {
                    yield return (place, task);
                }
            }
        }
    }

    /// <summary>Lets a task belong to the current trace.</summary>
    private static ScheduleTask Traced(ScheduleTask task) => TaskTraces.Current is { } trace ? task with { TraceParent = trace } : task;

    /// <summary>Fills in what a task takes from its function.</summary>
    /// <param name="place">Its position among several tasks.</param>
    private ScheduleTask Complete(ScheduleTask task, FunctionPolicies functions, int? place = null) =>
        Complete(task, functions, options.Value.OnlyRegisteredFunctions, place);

    private static ScheduleTask Complete(ScheduleTask task, FunctionPolicies functions, bool onlyRegistered, int? place = null)
    {
        if (onlyRegistered && functions != FunctionPolicies.NotRead && !functions.Contains(task.FunctionName))
        {
            var refusal = ScheduleRules.NotRegistered(task.FunctionName);
            throw new CommandRefusedException(place is { } index ? refusal.At(index) : refusal);
        }

        return task.Priority is null ? task with { Priority = functions.Of(task.FunctionName).DefaultPriority } : task;
    }

    /// <summary>
    /// Returns true when a stored task is what was sent. A priority that was left out was a managed function's default at that time, which
    /// may have changed since, so any priority matches then.
    /// </summary>
    internal bool IsOf(TaskRecord stored, ScheduleTask sent) =>
        stored.FunctionName == sent.FunctionName
        && (stored.Priority == (sent.Priority ?? 0)
            || (sent.Priority is null && policies.Functions.Of(sent.FunctionName).TimeLimit is not null))
        && stored.Tags.SequenceEqual(sent.Tags ?? [])
        && stored.Reference == sent.Reference && stored.Publisher == sent.Publisher
        && Microseconds.Of(stored.StartTimestamp!.Value) == Microseconds.Of(sent.StartTimestamp ?? stored.CreationTimestamp)
        && SameData(stored.Data, sent.Data);

    /// <summary>Returns true when a stored JSON text means the same as what was sent.</summary>
    internal static bool SameData(string? stored, JsonElement? sent)
    {
        if (stored is null || sent is not { } data)
        {
            return stored is null && sent is null;
        }

        try
        {
            return stored == data.GetRawText() || JsonElement.DeepEquals(JsonElement.Parse(stored), data);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair can be compared only as text.
            return false;
        }
    }
}
