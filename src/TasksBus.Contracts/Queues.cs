namespace TasksBus.Contracts;

/// <summary>The queues that take commands: one a message type, so that plain JSON without an envelope works too.</summary>
public static class Queues
{
    /// <summary>Takes <see cref="Contracts.ScheduleTask"/>.</summary>
    public const string ScheduleTask = "tasksbus.schedule-task";

    /// <summary>Takes <see cref="Contracts.ScheduleTasks"/>.</summary>
    public const string ScheduleTasks = "tasksbus.schedule-tasks";

    /// <summary>Takes <see cref="Contracts.CancelTask"/>.</summary>
    public const string CancelTask = "tasksbus.cancel-task";

    /// <summary>The execute queue of a pool: ids of released tasks, for that pool's workers.</summary>
    public static string Execute(string pool) => $"tasksbus.execute.{pool}";
}
