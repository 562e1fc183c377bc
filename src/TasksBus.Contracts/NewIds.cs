namespace TasksBus.Contracts;

/// <summary>Checks tasks and chooses their ids, before they are sent for the first time.</summary>
internal static class NewIds
{
    /// <exception cref="TaskRefusedException">The task breaks a rule.</exception>
    public static (ScheduleTask Task, TaskId Id) WithId(this ScheduleTask task)
    {
        TaskRules.Check(task);
        return Choose(task);
    }

    /// <exception cref="TaskRefusedException">There are none, or too many, or one breaks a rule.</exception>
    public static (ScheduleTasks Tasks, IReadOnlyList<TaskId> Ids) WithIds(this IReadOnlyList<ScheduleTask> tasks)
    {
        TaskRules.Check(tasks);
        var chosen = tasks.Select(Choose).ToArray();
        return (new() { Tasks = [.. chosen.Select(static one => one.Task)] }, [.. chosen.Select(static one => one.Id)]);
    }

    /// <summary>The id takes the place of a key, from which it derives.</summary>
    private static (ScheduleTask Task, TaskId Id) Choose(ScheduleTask task)
    {
        var id = TaskId.Of(task);
        return (task with { TaskId = id.ToString(), IdempotencyKey = null }, id);
    }
}
