using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace TasksBus.Service.OpenApi.Schemas;

[Description(
    "What to run. Fields that are null count as left out; unknown ones are refused with code 15, unless the server has "
    + "TasksBus:UnknownFields=ignore.")]
internal sealed record NewTaskSchema
{
    [Description(
        "The id of the task, chosen by the caller: 24 hex digits. The same task under the same id may be sent again, and is made once. "
        + "Default: the server chooses one.")]
    [RegularExpression("^[0-9a-fA-F]{24}$")]
    public string? TaskId { get; init; }

    [Description("The function's name, name:qualifier or ARN.")]
    [MinLength(1), MaxLength(170), RegularExpression("^[A-Za-z0-9_.:/$-]+$")]
    public required string FunctionName { get; init; }

    [Description("The input: the function gets equal JSON as event.data. At most 6,029,312 bytes, 64 levels deep.")]
    public JsonObject? Data { get; init; }

    [Description(
        "ISO 8601; without an offset it is UTC. The task never starts before. Default: now. A past one runs at once and keeps its "
        + "place in the order.")]
    [Keywords("""{"examples":["2030-01-01T00:00:00Z"]}""")]
    public string? StartTimestamp { get; init; }

    [Description("The higher runs first. Default: that of the function where it is a managed one, else 0.")]
    [Range(typeof(long), "-9007199254740991", "9007199254740991")]
    public long? Priority { get; init; }

    [Description("Free words to find the task by.")]
    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }

    [Description("The caller's own reference, such as the id of an order, to find the task by. Any number of tasks may have the same.")]
    [MinLength(1), MaxLength(255)]
    public string? Reference { get; init; }

    [Description("The service that asks for the task. Events carry it, and are routed by it.")]
    [MinLength(1), MaxLength(60), RegularExpression("^[A-Za-z0-9_-]+$")]
    public string? Publisher { get; init; }
}

[Keywords("""{"type":"string","minLength":1,"maxLength":255,"pattern":"^[ -~]+$"}""")]
internal readonly struct IdempotencyKeySchema;

[Keywords("""{"type":"string","pattern":"^[0-9]{1,2}s?$","default":"30","examples":["30"]}""")]
internal readonly struct WaitSchema;

internal sealed record NewTasksSchema
{
    [MinLength(1), MaxLength(1000)]
    public required NewTaskSchema[] Tasks { get; init; }
}

[Description("The last four are final.")]
internal enum TaskStatusSchema
{
    New,
    InProgress,
    Complete,
    Retried,
    Failed,
    Canceled,
}

[Description("Why a task failed.")]
internal sealed record TaskErrorSchema
{
    [Description("invocation: the function could not be invoked; runtime: its code failed, took too long, or its worker was lost.")]
    public required TaskErrorTypeSchema Type { get; init; }

    public required string Name { get; init; }

    public required string Message { get; init; }
}

internal enum TaskErrorTypeSchema
{
    Invocation,
    Runtime,
}

[Keywords("""
    {"examples":[{
      "id":"507f1f77bcf86cd799439011","status":"new","statusChangedTimestamp":"2021-09-29T15:17:07.051Z",
      "functionName":"hello","data":{"name":"world"},
      "startTimestamp":"2021-09-29T15:17:07.051Z","tags":["tour"],"priority":0,
      "creationTimestamp":"2021-09-29T15:17:07.051Z","updateTimestamp":"2021-09-29T15:17:07.051Z"}]}
    """)]
internal record TaskSchema
{
    public required IdSchema Id { get; init; }

    public required TaskStatusSchema Status { get; init; }

    public required TimestampSchema StatusChangedTimestamp { get; init; }

    public required string FunctionName { get; init; }

    [Description("As it was sent.")]
    public JsonObject Data { get; init; } = null!;

    public required TimestampSchema StartTimestamp { get; init; }

    public required string[] Tags { get; init; }

    public string Reference { get; init; } = null!;

    public string Publisher { get; init; } = null!;

    public required PrioritySchema Priority { get; init; }

    public required TimestampSchema CreationTimestamp { get; init; }

    public required TimestampSchema UpdateTimestamp { get; init; }

    public IdSchema CreatedByApplicationId { get; init; }

    public IdSchema CreatedByUserId { get; init; }

    [Description("The schedule whose tick made the task.")]
    public IdSchema ScheduleId { get; init; }

    [Description("The event that triggered the task.")]
    public IdSchema EventId { get; init; }

    public TaskErrorSchema Error { get; init; } = null!;

    [Description(
        "What the function returned, as JSON, if its results are kept (TasksBus:KeepResults). Left out of lists, and gone with the log.")]
    public JsonNode Result { get; init; } = null!;

    [Description("True when the function's result was too large to be kept, or was no JSON.")]
    public bool IsResultDropped { get; init; }

    public IdSchema RetriedByTaskId { get; init; }

    [Description("The tasks that this one retries, oldest first.")]
    public IdSchema[] RetryForTaskIds { get; init; } = null!;
}

internal sealed record TasksSchema
{
    [Description("In the order of the request.")]
    public required TaskSchema[] Data { get; init; }
}

internal sealed record TaskPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required TaskSchema[] Data { get; init; }
}

internal sealed record LogPageSchema
{
    public required LogRangeSchema Page { get; init; }

    public required LogLineSchema[] Data { get; init; }
}

internal sealed record LogRangeSchema
{
    public required int Offset { get; init; }

    public required int Limit { get; init; }
}

internal sealed record LogLineSchema
{
    public required string Message { get; init; }

    public required TimestampSchema Timestamp { get; init; }
}
