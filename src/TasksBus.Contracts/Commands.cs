using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

// C# 7.3 knows no init, so what a publisher writes has setters.

/// <summary>
/// Asks for one run of a function. If it is delivered twice it makes only one task: the id identifies the task, and the first content of an
/// id wins. A request is answered with <see cref="ScheduleTaskResult"/>, or with a <c>Fault</c> that says why it is refused.
/// </summary>
public sealed record ScheduleTask
{
    /// <summary>
    /// The id of the task, 24 hex digits, chosen by the publisher. If it is null, the id derives from <see cref="IdempotencyKey"/>, or else
    /// from the message's id.
    /// </summary>
    public string? TaskId { get; set; }

    /// <summary>
    /// The publisher's own name for the task, used instead of an id: 1 to 255 printable ASCII characters, such as an order number. The
    /// task's id is <see cref="Contracts.TaskId.FromKey"/>. All publishers share one set of keys.
    /// </summary>
    public string? IdempotencyKey { get; set; }

    /// <summary>The AWS Lambda function: its name, <c>name:qualifier</c> or ARN. It must be set.</summary>
    public string FunctionName { get; set; } = "";

    /// <summary>The input: a JSON object of at most 6 MB. The function gets an equal object as <c>event.data</c>.</summary>
    public JsonElement? Data { get; set; }

    /// <summary>The task never starts before this time. Default: now. A timestamp without an offset is read as UTC.</summary>
    [JsonConverter(typeof(UtcTimestampConverter))]
    public DateTimeOffset? StartTimestamp { get; set; }

    /// <summary>
    /// The priority, -9007199254740991 to 9007199254740991. Tasks with a higher priority run first. Default: the default priority of a
    /// managed function, else 0.
    /// </summary>
    public long? Priority { get; set; }

    /// <summary>Free words by which the task can be found.</summary>
    public IReadOnlyList<string>? Tags { get; set; }

    /// <summary>
    /// The publisher's own reference for the task, such as the id of an order: 1 to 255 characters. The task and its events carry it, and
    /// tasks can be found by it. Any number of tasks may have the same.
    /// </summary>
    public string? Reference { get; set; }

    /// <summary>
    /// The service that publishes the task: 1 to 60 of the characters A-Z, a-z, 0-9, <c>-</c> and <c>_</c>. The task and its events carry
    /// it. It is the first word of the routing key of events (<see cref="TaskEventRouting"/>), so a service can listen to its own tasks.
    /// </summary>
    public string? Publisher { get; set; }

    /// <summary>
    /// The calling application, if the API knows it. It never travels with a message, so no publisher can claim another identity.
    /// </summary>
    internal string? CreatedByApplicationId { get; init; }

    /// <summary>The calling user, under the same rule.</summary>
    internal string? CreatedByUserId { get; init; }

    /// <summary>
    /// How many triggers led to the task, one after the other. Zero when no event made it. It never travels with a message.
    /// </summary>
    internal int Depth { get; init; }

    /// <summary>
    /// The trace to which the task belongs, as W3C <c>traceparent</c>. It travels in the headers of a request or message, as everywhere.
    /// </summary>
    internal string? TraceParent { get; init; }
}

/// <summary>The answer to <see cref="ScheduleTask"/>: the task is stored.</summary>
/// <param name="TaskId">24 hex digits.</param>
public sealed record ScheduleTaskResult(string TaskId);

/// <summary>
/// Asks for many tasks at once, which are stored together. If one of them is refused, the whole message is refused. A task whose id is
/// known already is skipped. A request is answered with <see cref="ScheduleTasksResult"/>, or with a <c>Fault</c> that says why it is
/// refused.
/// </summary>
public sealed record ScheduleTasks
{
    /// <summary>
    /// 1 to 1,000 tasks; it must be set. A task without an id or a key gets an id that derives from the message's id and the task's place
    /// here.
    /// </summary>
    public IReadOnlyList<ScheduleTask> Tasks { get; set; } = [];
}

/// <summary>The answer to <see cref="ScheduleTasks"/>: the tasks are stored.</summary>
/// <param name="TaskIds">24 hex digits each, in the order of the tasks.</param>
public sealed record ScheduleTasksResult(IReadOnlyList<string> TaskIds);

/// <summary>
/// Cancels a task that is still new. The task is then never invoked. A request is answered with <see cref="CancelTaskResult"/>.
/// </summary>
/// <param name="TaskId">24 hex digits.</param>
public sealed record CancelTask(string TaskId);

/// <summary>The answer to <see cref="CancelTask"/>.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="Canceled">True when the task is canceled.</param>
/// <param name="Status">The task's current status. Null when no such task is known.</param>
public sealed record CancelTaskResult(string TaskId, bool Canceled, string? Status);

/// <summary>
/// Reads a task. It is sent as a request, and answered with <see cref="GetTaskResult"/>.
/// </summary>
/// <param name="TaskId">24 hex digits.</param>
public sealed record GetTask(string TaskId);

/// <summary>The answer to <see cref="GetTask"/>.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="Task">The task with its result, and without its input. Null when no such task is known.</param>
public sealed record GetTaskResult(string TaskId, TaskSnapshot? Task);
