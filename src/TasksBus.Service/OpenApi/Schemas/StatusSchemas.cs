using System.ComponentModel;

namespace TasksBus.Service.OpenApi.Schemas;

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

    [Description("When the oldest of these events was stored. Left out when there is none.")]
    public TimestampSchema OldestEventTimestamp { get; init; }

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

    [Description("Those of the due tasks that wait until every worker of the pool has their function.")]
    public required CountSchema Aside { get; init; }

    [Description("When the longest waiting due task was to start.")]
    public TimestampSchema OldestDueTimestamp { get; init; }
}

internal sealed record BacklogSchema
{
    public required BacklogGroupSchema[] Groups { get; init; }
}

[Description("Tasks of one pool, function and priority.")]
internal sealed record BacklogGroupSchema
{
    public required string Pool { get; init; }

    public required string FunctionName { get; init; }

    public required PrioritySchema Priority { get; init; }

    [Description("Tasks that wait for a worker.")]
    public required CountSchema Due { get; init; }

    [Description("When the longest waiting of these was to start. Left out when none waits.")]
    public TimestampSchema OldestDueTimestamp { get; init; }

    public required CountSchema Running { get; init; }
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

internal sealed record ChecksSchema
{
    public required CheckSchema[] Checks { get; init; }
}

internal sealed record CheckSchema
{
    [Description("What was looked at. Stable; that of a pool has its name.")]
    public required string Name { get; init; }

    [Keywords("""{"type":"string","enum":["ok","warning","failed"]}""")]
    public required string State { get; init; }

    [Description("What was found, for people.")]
    public required string Text { get; init; }

    [Description("What to do. Left out where all is well.")]
    public string Mend { get; init; } = null!;
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
        {"type":"string","enum":[
            "notDue","throttled","triedAgainLater","held","noDispatcher","noWorker","functionMissing","noFreeSlot","soon"]}
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

[Description("What a process does, and whether it can.")]
internal sealed record HealthSchema
{
    [Keywords("""{"type":"string","enum":["ready","notReady"]}""")]
    public required string Status { get; init; }

    [Description("For people: what is missing.")]
    public required string Message { get; init; }

    [Description("Of the program.")]
    public required string Version { get; init; }

    [Keywords("""{"type":"array","items":{"type":"string","enum":["api","dispatcher","worker"]}}""")]
    public required string[] Roles { get; init; }

    [Description("`available`, or what is wrong with it.")]
    public required string Database { get; init; }

    [Description("`available`, or what is wrong with it.")]
    public required string Broker { get; init; }

    [Description("Left out without that role.")]
    [Keywords("""{"type":"string","enum":["leads","standsBy"]}""")]
    public string? Dispatcher { get; init; }

    [Description("Left out without that role.")]
    [Keywords("""{"type":"string","enum":["takesTasks","takesNone"]}""")]
    public string? Worker { get; init; }
}

[Keywords("""{"type":"string","enum":["1h","6h","24h","7d","30d"]}""")]
internal readonly struct SpanSchema;

[Keywords("""
    {"examples":[{"span":"1h","step":60,"points":[{"timestamp":"2021-09-29T15:17:00.000Z",
      "accepted":120,"complete":117,"failed":2,"retried":1,"canceled":0,
      "startDelay":{"p50":0.004,"p95":0.02,"p99":0.05},"duration":{"p50":0.12,"p95":0.4,"p99":0.9}}]}]}
    """)]
internal sealed record HistorySchema
{
    public required SpanSchema Span { get; init; }

    [Description("The length of a step, in seconds.")]
    public required int Step { get; init; }

    public required HistoryPointSchema[] Points { get; init; }
}

internal sealed record HistoryPointSchema
{
    [Description("When the step begins.")]
    public required TimestampSchema Timestamp { get; init; }

    [Description("Tasks that were stored.")]
    public required long Accepted { get; init; }

    public required long Complete { get; init; }

    [Description("Tasks that failed and are not retried.")]
    public required long Failed { get; init; }

    [Description("Tasks that failed and are retried.")]
    public required long Retried { get; init; }

    public required long Canceled { get; init; }

    [Description("From when tasks were due until they were claimed. Missing when none was claimed.")]
    public SpreadSchema StartDelay { get; init; } = null!;

    [Description("How long invocations took. Missing when there was none.")]
    public SpreadSchema Duration { get; init; } = null!;
}

[Description("The times that half of them, 95 % and 99 % did not exceed, in seconds.")]
internal sealed record SpreadSchema
{
    public required double P50 { get; init; }

    public required double P95 { get; init; }

    public required double P99 { get; init; }
}
