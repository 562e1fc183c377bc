using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Intake;

/// <summary>Accepts tasks whose callers chose their ids, so that a request that is sent again makes no second task.</summary>
public sealed class ChosenIdIntake(TaskIntake intake)
{
    /// <summary>Stores a task that is valid by the rules and has an id, or finds the same task under that id.</summary>
    /// <exception cref="CommandRefusedException">The id is that of another task, or only registered functions may run, and the task's
    /// function is not registered.</exception>
    public async Task<TaskRecord> ScheduleAsync(
        ScheduleTask task, string? createdByApplicationId, string? createdByUserId, CancellationToken caller)
    {
        ArgumentNullException.ThrowIfNull(task);
        var id = TaskId.Parse(task.TaskId!);
        var stored = await intake.ScheduleAsync(id, task, createdByApplicationId, createdByUserId, caller);
        return IsOf(stored, task, createdByApplicationId, createdByUserId) ? stored : throw new CommandRefusedException(Taken(id));
    }

    /// <summary>
    /// Stores tasks that are valid by the rules: all of them or, if one is refused, none. A task that is stored already under its id is
    /// skipped. A task without an id gets one.
    /// </summary>
    /// <param name="caller">Canceled when nobody waits for the result any more. Nothing is then stored, unless that is under way.</param>
    /// <returns>The tasks as they are stored, in the order given.</returns>
    /// <exception cref="CommandRefusedException">Two tasks have one id, an id is that of another task, or only registered functions may
    /// run, and the function of one of the tasks is not registered. If another request stores a task under one of the ids at this very
    /// moment, the other tasks of the batch may be stored nevertheless.</exception>
    public async Task<IReadOnlyList<TaskRecord>> ScheduleAllAsync(
        IReadOnlyList<ScheduleTask> tasks, string? createdByApplicationId, string? createdByUserId, CancellationToken caller)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        TaskId[] ids = [.. tasks.Select(static task => task.TaskId is { } id ? TaskId.Parse(id) : TaskId.New())];
        CheckApart(ids);
        try
        {
            // Nearly always the ids are new, and nothing is read.
            return await intake.ScheduleAllAsync(tasks, createdByApplicationId, createdByUserId, ids, caller);
        }
        catch (TaskIdTakenException)
        {
            ScheduleTask[] from =
            [
                .. tasks.Select(
                    task => task with { CreatedByApplicationId = createdByApplicationId, CreatedByUserId = createdByUserId }),
            ];
            // What is refused is found before anything is stored.
            if (await FindAsync(ids, from) is var known && known.Count == ids.Length)
            {
                return known;
            }

            await intake.ScheduleAllAsync(ids, from);
            return await FindAsync(ids, from);
        }
    }

    private static void CheckApart(TaskId[] ids)
    {
        HashSet<TaskId> seen = [];
        var second = Array.FindIndex(ids, id => !seen.Add(id));
        if (second >= 0)
        {
            throw new CommandRefusedException(new Refusal(
                ErrorCode.FieldFormat, $"taskId {ids[second]} stands in two tasks of the batch; each needs an id of its own.").At(second));
        }
    }

    /// <summary>Reads those of the tasks that are stored, and compares them.</summary>
    /// <exception cref="CommandRefusedException">An id is that of another task.</exception>
    private async Task<List<TaskRecord>> FindAsync(TaskId[] ids, ScheduleTask[] tasks)
    {
        List<TaskRecord> all = [];
        await foreach (var (place, stored) in intake.StoredAsync(ids))
        {
            all.Add(
                IsOf(stored, tasks[place], tasks[place].CreatedByApplicationId, tasks[place].CreatedByUserId) ? stored
                    : throw new CommandRefusedException(Taken(ids[place]).At(place)));
        }

        return all;
    }

    /// <summary>Another caller's task is never shown, even if it is the same. One from the bus has no caller.</summary>
    private bool IsOf(TaskRecord stored, ScheduleTask task, string? applicationId, string? userId) =>
        intake.IsOf(stored, task)
        && ((stored.CreatedByApplicationId == applicationId && stored.CreatedByUserId == userId)
            || stored is { CreatedByApplicationId: null, CreatedByUserId: null });

    private static Refusal Taken(TaskId id) => new(
        ErrorCode.ResourceAlreadyExists, $"There is another task with the id {id}. Use a new id for a new task.");
}
