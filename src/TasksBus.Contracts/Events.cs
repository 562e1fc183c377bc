using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>A task was accepted.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that the task runs.</param>
/// <param name="StartTimestamp">The task does not start before this time. Null means at once.</param>
/// <param name="Priority">Tasks with a higher priority run first.</param>
public sealed record TaskScheduled(string TaskId, string FunctionName, DateTimeOffset? StartTimestamp, long Priority)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }
}

/// <summary>A worker claimed the task; its function is being invoked.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that runs.</param>
public sealed record TaskStarted(string TaskId, string FunctionName)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }
}

/// <summary>The function returned.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that ran.</param>
public sealed record TaskCompleted(string TaskId, string FunctionName)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }

    /// <summary>What the function returned, if its results are kept. Null when it returned null, or the result is dropped.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>True when the result should have been kept, but has more than 256 KB or is no JSON.</summary>
    public bool IsResultDropped { get; init; }
}

/// <summary>The task failed, and nothing retries it.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that the task named.</param>
/// <param name="Error">The reason.</param>
public sealed record TaskFailed(string TaskId, string FunctionName, TaskError Error)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }
}

/// <summary>The task was canceled before it started.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that will not run.</param>
public sealed record TaskCanceled(string TaskId, string FunctionName)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }
}

/// <summary>The function failed, and its retry policy made a successor.</summary>
/// <param name="TaskId">24 hex digits.</param>
/// <param name="FunctionName">The function that failed.</param>
/// <param name="RetriedByTaskId">The successor's id.</param>
/// <param name="Error">The reason for the failure.</param>
public sealed record TaskRetried(string TaskId, string FunctionName, string RetriedByTaskId, TaskError Error)
{
    /// <summary>The task's tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The publisher's own reference, if the task has one.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published the task, if it said so.</summary>
    public string? Publisher { get; init; }

    /// <summary>The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled. It is in the headers too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceParent { get; init; }
}

/// <summary>Why a task failed.</summary>
/// <param name="Type"><see cref="TaskErrorTypes.Invocation"/> or <see cref="TaskErrorTypes.Runtime"/>.</param>
/// <param name="Name">Lambda's errorType, or one of <see cref="TaskErrorNames"/>.</param>
/// <param name="Message">A text for people: what happened and how to fix it.</param>
public sealed record TaskError(string Type, string Name, string Message);

/// <summary>The kinds of <see cref="TaskError"/>; there are no others.</summary>
public static class TaskErrorTypes
{
    /// <summary>The function could not be invoked.</summary>
    public const string Invocation = "invocation";

    /// <summary>The function's code failed, or it is unknown how the run ended.</summary>
    public const string Runtime = "runtime";
}

/// <summary>The names that TasksBus itself gives to errors.</summary>
public static class TaskErrorNames
{
    /// <summary>The function did not answer within the time limit.</summary>
    public const string TimeLimitExceeded = "TimeLimitExceeded";

    /// <summary>The worker that ran the task is gone, and the outcome is unknown.</summary>
    public const string ZombieTaskCleaned = "zombieTaskCleaned";

    /// <summary>The function was disabled when the task was due to start.</summary>
    public const string FunctionDisabled = "FunctionDisabled";
}
