using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>
/// Asks for one run of a function. Delivered twice it makes one task: the id decides, and the first content of an id wins. Sent as a request it is
/// answered with <see cref="ScheduleTaskResult"/>, or with a <c>Fault</c> that says why it is refused.
/// </summary>
public sealed record ScheduleTask
{
    /// <summary>24 hex digits, chosen by the publisher. Without it the id derives from <see cref="IdempotencyKey"/>, or from the message's id.</summary>
    public string? TaskId { get; init; }

    /// <summary>
    /// The publisher's own name for the task, in place of an id: 1 to 255 printable ASCII characters, such as an order's number. The task's id is
    /// <see cref="Contracts.TaskId.FromKey"/>. Keys are the same for all publishers.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The AWS Lambda function: its name, <c>name:qualifier</c> or ARN.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The input: a JSON object of at most 6 MB, handed to the function as <c>event.data</c>, equal to what was sent.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>The task never starts before. Default: now. A timestamp without an offset is read as UTC.</summary>
    [JsonConverter(typeof(UtcTimestampConverter))]
    public DateTimeOffset? StartTimestamp { get; init; }

    /// <summary>-9007199254740991 to 9007199254740991; the higher runs first. Default: the default priority of the function where it is a managed one, else 0.</summary>
    public long? Priority { get; init; }

    /// <summary>Free words to find the task by.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Who asks, where the API knows: it never travels with a message, so no publisher can claim to be somebody.</summary>
    internal string? CreatedByApplicationId { get; init; }

    /// <summary>The same for the user.</summary>
    internal string? CreatedByUserId { get; init; }
}

/// <summary>The answer to <see cref="ScheduleTask"/>: the task is stored.</summary>
/// <param name="TaskId">24 hex digits.</param>
public sealed record ScheduleTaskResult(string TaskId);

/// <summary>
/// Asks for many tasks at once: one that is refused refuses the message, one whose id is known is passed over, and the rest are stored together. Sent as a
/// request it is answered with <see cref="ScheduleTasksResult"/>, or with a <c>Fault</c> that says why it is refused.
/// </summary>
public sealed record ScheduleTasks
{
    /// <summary>1 to 1,000 tasks. One without an id or a key gets the id that derives from the message's id and its place here.</summary>
    public required IReadOnlyList<ScheduleTask> Tasks { get; init; }
}

/// <summary>The answer to <see cref="ScheduleTasks"/>: the tasks are stored.</summary>
/// <param name="TaskIds">24 hex digits each, in the order of the tasks.</param>
public sealed record ScheduleTasksResult(IReadOnlyList<string> TaskIds);

/// <summary>
/// Cancels a task that is still new; it is then never invoked. Sent as a request it is answered with <see cref="CancelTaskResult"/>.
/// </summary>
/// <param name="TaskId">24 hex digits.</param>
public sealed record CancelTask(string TaskId);

/// <summary>The answer to <see cref="CancelTask"/>.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="Canceled">Whether the task is canceled.</param>
/// <param name="Status">The task's status now, or null where no such task is known.</param>
public sealed record CancelTaskResult(string TaskId, bool Canceled, string? Status);
