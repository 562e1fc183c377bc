using MassTransit;

namespace TasksBus.IntegrationTests.Cluster.Copies;

/// <summary>A message of a service that does not reference our contracts. It has another exchange, and nobody listens there.</summary>
public sealed record ScheduleTask
{
    public string? TaskId { get; init; }

    public required string FunctionName { get; init; }
}

/// <summary>The same under our names, so MassTransit publishes it to our exchange as our type.</summary>
[EntityName("TasksBus.Contracts:ScheduleTask")]
[MessageUrn("TasksBus.Contracts:ScheduleTask")]
public sealed record NamedScheduleTask
{
    public string? TaskId { get; init; }

    public required string FunctionName { get; init; }
}
