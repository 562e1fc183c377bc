using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A task as it is stored. Times are UTC with microseconds. Times that the store fills in come from its own clock.</summary>
public class TaskRecord
{
    private string? _data;

    /// <summary>The task's id, which its publisher may choose.</summary>
    public TaskId Id { get; set; }

    /// <summary>One of <see cref="TaskStates"/>. Empty before the task is stored.</summary>
    public string Status { get; set; } = "";

    /// <summary>Rises by one with each stored change.</summary>
    public long Version { get; set; }

    /// <summary>The order of insertion, given by the store. It is the last tie-break of the release order.</summary>
    public long Number { get; set; }

    /// <summary>The function that the task runs: a name or an ARN, as the publisher wrote it.</summary>
    public string FunctionName { get; set; } = "";

    /// <summary>The pool whose workers run the task. The task keeps it when its function moves to another pool.</summary>
    public string Pool { get; set; } = PoolNames.Default;

    /// <summary>The input as the JSON text that was sent, or null.</summary>
    /// <exception cref="InvalidOperationException">The task was read without its input.</exception>
    public string? Data
    {
        get => IsWithoutInput ? throw new InvalidOperationException($"The task {Id} was read without its input.") : _data;
        set => (_data, IsWithoutInput) = (value, false);
    }

    /// <summary>True when the task was read for a step that needs no input, or its input is copied in the database.</summary>
    public bool IsWithoutInput { get; set; }

    /// <summary>Null until the store sets it. The store uses its current time if the publisher gave none.</summary>
    public DateTimeOffset? StartTimestamp { get; set; }

    /// <summary>When it may start for the first time: its start time, but not before it was stored.</summary>
    public DateTimeOffset DueTimestamp => StartTimestamp > CreationTimestamp ? StartTimestamp.Value : CreationTimestamp;

    /// <summary>A higher priority runs first: -9007199254740991 to 9007199254740991.</summary>
    public long Priority { get; set; }

    /// <summary>The tags, in the publisher's order.</summary>
    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>The publisher's own reference: 1 to 255 characters, or null.</summary>
    public string? Reference { get; set; }

    /// <summary>The service that published the task: 1 to 60 plain characters, or null.</summary>
    public string? Publisher { get; set; }

    /// <summary>How many triggers led to the task, one after the other. Zero when no event made it. Retries and reruns keep it.</summary>
    public int Depth { get; set; }

    /// <summary>The schedule whose tick made the task. Null for another task, and for one that retries it.</summary>
    public TaskId? ScheduleId { get; set; }

    /// <summary>The event that triggered the task. Null for another task, and for one that retries it.</summary>
    public TaskId? EventId { get; set; }

    /// <summary>
    /// The trace to which the task belongs, as W3C <c>traceparent</c>, if it is sampled: 55 characters. Null otherwise. Retries keep it.
    /// </summary>
    public string? TraceParent { get; set; }

    /// <summary>When the task was stored first.</summary>
    public DateTimeOffset CreationTimestamp { get; set; }

    /// <summary>When the task last changed.</summary>
    public DateTimeOffset UpdateTimestamp { get; set; }

    /// <summary>When <see cref="Status"/> last changed.</summary>
    public DateTimeOffset StatusChangedTimestamp { get; set; }

    /// <summary>Why the task failed, also when another one retries it. Null otherwise.</summary>
    public TaskError? Error { get; set; }

    /// <summary>
    /// What the function returned: JSON of at most <see cref="KeptResults.MaxBytes"/> bytes. Null when the function's results are not kept,
    /// when it returned null, and where the task was read without its result, as everywhere but for one who asks for it.
    /// </summary>
    public string? Result { get; set; }

    /// <summary>True when the result should have been kept, but is too large or no JSON. Read with the result.</summary>
    public bool IsResultDropped { get; set; }

    /// <summary>The task that retries this one. Null when there is none.</summary>
    public TaskId? RetriedByTaskId { get; set; }

    /// <summary>The tasks that this one retries, the oldest first.</summary>
    public IReadOnlyList<TaskId> RetryForTaskIds { get; set; } = [];

    /// <summary>The user who scheduled the task: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByUserId { get; set; }

    /// <summary>The application that scheduled the task: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByApplicationId { get; set; }

    /// <summary>The id of one claim. Whoever holds it may report.</summary>
    public Guid? ClaimId { get; set; }

    /// <summary>The worker that runs the task.</summary>
    public Guid? WorkerId { get; set; }

    /// <summary>When the function was first found not to run (throttled, unreachable). It is kept until the task ends.</summary>
    public DateTimeOffset? NotRunSince { get; set; }

    /// <summary>How often the function was found not to run. It is kept until the task ends.</summary>
    public int NotRunCount { get; set; }

    /// <summary>Returns a command for another task like this one, which starts at once.</summary>
    public ScheduleTask Again() => AgainWithoutInput() with { Data = Data is null ? null : JsonElement.Parse(Data) };

    /// <summary>The same without the input.</summary>
    public ScheduleTask AgainWithoutInput() => new()
    {
        FunctionName = FunctionName,
        Priority = Priority,
        Tags = Tags,
        Reference = Reference,
        Publisher = Publisher,
        Depth = Depth,
        TraceParent = TraceParent,
    };

    /// <summary>Returns the task as clients see it, with the result if it was read, and without the input.</summary>
    public TaskSnapshot ToSnapshot() => new()
    {
        Id = Id,
        Status = Status,
        StatusChangedTimestamp = StatusChangedTimestamp,
        FunctionName = FunctionName,
        StartTimestamp = StartTimestamp ?? CreationTimestamp,
        Tags = Tags,
        Reference = Reference,
        Publisher = Publisher,
        Priority = Priority,
        CreationTimestamp = CreationTimestamp,
        UpdateTimestamp = UpdateTimestamp,
        CreatedByApplicationId = CreatedByApplicationId,
        CreatedByUserId = CreatedByUserId,
        ScheduleId = ScheduleId,
        EventId = EventId,
        Error = Error,
        Result = Result is null ? null : JsonElement.Parse(Result),
        IsResultDropped = IsResultDropped,
        RetriedByTaskId = RetriedByTaskId,
        RetryForTaskIds = RetryForTaskIds,
    };

    /// <summary>Returns another instance with the same content.</summary>
    public TaskRecord Copy() => (TaskRecord)MemberwiseClone();
}
