using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>
/// A task as it was when it was read. In a list with <c>select</c>, what was not selected has its default.
/// </summary>
public sealed record TaskSnapshot
{
    /// <summary>The task's id.</summary>
    public TaskId Id { get; init; }

    /// <summary>One of <see cref="TaskStates"/>.</summary>
    public string Status { get; init; } = "";

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset StatusChangedTimestamp { get; init; }

    /// <summary>The function: its name, <c>name:qualifier</c> or ARN.</summary>
    public string FunctionName { get; init; } = "";

    /// <summary>The input, a JSON object as it was sent. Null when there is none, and where the task was read over the bus.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>The task does not start before this time.</summary>
    public DateTimeOffset StartTimestamp { get; init; }

    /// <summary>The words by which the task can be found.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The reference of whoever scheduled the task. Null when it has none.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that scheduled the task. Null when it did not say.</summary>
    public string? Publisher { get; init; }

    /// <summary>Tasks with a higher priority run first.</summary>
    public long Priority { get; init; }

    /// <summary>When the task was stored first.</summary>
    public DateTimeOffset CreationTimestamp { get; init; }

    /// <summary>When the task last changed.</summary>
    public DateTimeOffset UpdateTimestamp { get; init; }

    /// <summary>The application that scheduled the task: 24 hex digits. Null when it is unknown.</summary>
    public string? CreatedByApplicationId { get; init; }

    /// <summary>The user who scheduled the task: 24 hex digits. Null when unknown.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The schedule whose tick made the task. Null for another task, and for one that retries it.</summary>
    public TaskId? ScheduleId { get; init; }

    /// <summary>The event that triggered the task. Null for another task, and for one that retries it.</summary>
    public TaskId? EventId { get; init; }

    /// <summary>Why the task failed, also when another one retries it. Null otherwise.</summary>
    public TaskError? Error { get; init; }

    /// <summary>
    /// What the function returned, if the server keeps its results (<c>TasksBus:KeepResults</c>) and the task was read alone. Null also
    /// when it returned null.
    /// </summary>
    public JsonElement? Result { get; init; }

    /// <summary>True when the result should have been kept, but has more than 256 KB or is no JSON.</summary>
    public bool IsResultDropped { get; init; }

    /// <summary>The task that retries this one. Null when there is none.</summary>
    public TaskId? RetriedByTaskId { get; init; }

    /// <summary>The tasks that this one retries, the oldest first.</summary>
    public IReadOnlyList<TaskId> RetryForTaskIds { get; init; } = [];

    /// <summary>True when the status never changes any more.</summary>
    [JsonIgnore]
    public bool IsFinal => TaskStates.IsFinal(Status);

    /// <summary>Reads the input into a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="options">How JSON is read. Default: the web defaults of System.Text.Json.</param>
    /// <returns>The default of the type when there is no input.</returns>
    /// <exception cref="JsonException">The input is not of that type.</exception>
    public T? ReadData<T>(JsonSerializerOptions? options = null) =>
        Data is { } data ? data.Deserialize<T>(options ?? JsonSerializerOptions.Web) : default;

    /// <summary>Reads the result into a type.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="options">How JSON is read. Default: the web defaults of System.Text.Json.</param>
    /// <returns>The default of the type when there is no result.</returns>
    /// <exception cref="JsonException">The result is not of that type.</exception>
    public T? ReadResult<T>(JsonSerializerOptions? options = null) =>
        Result is { } result ? result.Deserialize<T>(options ?? JsonSerializerOptions.Web) : default;

    /// <summary>Returns this task when it is complete.</summary>
    /// <exception cref="TaskNotCompleteException">The task failed, was canceled, or has not ended.</exception>
    public TaskSnapshot EnsureComplete() => Status == TaskStates.Complete ? this : throw new TaskNotCompleteException(this);
}
