namespace TasksBus.Contracts;

/// <summary>The queues for commands. Each message type has its own queue, so that plain JSON without an envelope works too.</summary>
public static class Queues
{
    /// <summary>Takes <see cref="Contracts.ScheduleTask"/>.</summary>
    public const string ScheduleTask = "tasksbus.schedule-task";

    /// <summary>Takes <see cref="Contracts.ScheduleTasks"/>.</summary>
    public const string ScheduleTasks = "tasksbus.schedule-tasks";

    /// <summary>Takes <see cref="Contracts.CancelTask"/>.</summary>
    public const string CancelTask = "tasksbus.cancel-task";

    /// <summary>Takes <see cref="Contracts.GetTask"/>.</summary>
    public const string GetTask = "tasksbus.get-task";

    /// <summary>Takes <see cref="Contracts.EventOccurred"/>.</summary>
    public const string EventOccurred = "tasksbus.event-occurred";

    /// <summary>Takes <see cref="Contracts.DocumentTransitioned"/>.</summary>
    public const string DocumentTransitioned = "tasksbus.document-transitioned";

    /// <summary>The execute queue of a pool. It carries the ids of released tasks to that pool's workers.</summary>
    public static string Execute(string pool) => $"tasksbus.execute.{pool}";
}
