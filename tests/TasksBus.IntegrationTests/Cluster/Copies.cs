using MassTransit;

namespace TasksBus.IntegrationTests.Cluster.Copies;

/// <summary>What a service that does not reference our contracts writes: its exchange is another, and nobody listens there.</summary>
public sealed record ScheduleTask
{
    public string? TaskId { get; init; }

    public required string FunctionName { get; init; }
}

/// <summary>The same under our names: MassTransit publishes it to our exchange, as our type.</summary>
[EntityName("TasksBus.Contracts:ScheduleTask")]
[MessageUrn("TasksBus.Contracts:ScheduleTask")]
public sealed record NamedScheduleTask
{
    public string? TaskId { get; init; }

    public required string FunctionName { get; init; }
}
