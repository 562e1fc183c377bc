using System.ComponentModel;

namespace TasksBus.Server.OpenApi.Schemas;

[Description("How the whole system stands.")]
internal sealed record StatusSchema
{
    [Description("When this was read, by the database's clock.")]
    public required TimestampSchema Timestamp { get; init; }

    [Description("Left out while no process does a dispatcher's work.")]
    public DispatcherSchema? Dispatcher { get; init; }

    [Description("Why nothing is released. Left out otherwise.")]
    public string? HeldBecause { get; init; }

    [Description("Tasks in progress.")]
    public required CountSchema Running { get; init; }

    public required CountSchema EventsToPublish { get; init; }

    [Description("The pools with waiting tasks or workers, by name.")]
    public required PoolSchema[] Pools { get; init; }

    [Description("Those that are alive.")]
    public required WorkerSchema[] Workers { get; init; }
}

[Description("The process that releases tasks.")]
internal sealed record DispatcherSchema
{
    [Description("Rises each time another process takes over.")]
    public required int Epoch { get; init; }

    [Description("When another process may take over, unless this one renews its lease.")]
    public required TimestampSchema LeaseEndTimestamp { get; init; }
}

[Description("What waits for the workers of a pool.")]
internal sealed record PoolSchema
{
    public required string Name { get; init; }

    [Description("Tasks that wait for a worker.")]
    public required CountSchema Due { get; init; }

    [Description("Tasks that wait for their start time, or for their next try.")]
    public required CountSchema Later { get; init; }

    [Description("When the longest waiting due task was to start.")]
    public TimestampSchema OldestDueTimestamp { get; init; }
}

internal sealed record WorkerSchema
{
    [Description("A UUID. A worker that lost its lease goes on under a new one.")]
    public required string Id { get; init; }

    public required string Pool { get; init; }

    public required string Host { get; init; }

    [Description("Of the program.")]
    public required string Version { get; init; }

    [Description("How many tasks it takes at once.")]
    public required CountSchema Slots { get; init; }

    public required CountSchema Running { get; init; }
}

[Description("The status of a task, and what it waits for.")]
internal sealed record TaskStateSchema
{
    public required IdSchema Id { get; init; }

    public required TaskStatusSchema Status { get; init; }

    [Description("Only while the task is new.")]
    public WaitStateSchema? Wait { get; init; }
}

internal sealed record WaitStateSchema
{
    [Description("Stable.")]
    [Keywords("""
        {"type":"string","enum":["notDue","triedAgainLater","held","noDispatcher","noWorker","functionMissing","noFreeSlot","soon"]}
        """)]
    public required string Reason { get; init; }

    [Description("The reason, and what to do about it, for people.")]
    public required string Message { get; init; }

    [Description("The pool whose workers run the task.")]
    public required string Pool { get; init; }

    [Description("When it may start.")]
    public required TimestampSchema DueTimestamp { get; init; }

    [Description("How many due tasks of the pool are more urgent, as far as they are in the ready queue.")]
    public required CountSchema Ahead { get; init; }
}
