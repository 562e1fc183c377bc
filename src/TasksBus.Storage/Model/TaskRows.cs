namespace TasksBus.Storage.Model;

// Times are whole microseconds since 1970 in UTC. What a task is, is written once. Its state is in the one of three tables that has its
// number: waiting, running or finished. A transition moves the row from one to the next, so no row and no index of the large tables is ever
// updated.

/// <summary>What a task is. It is written once and never changed.</summary>
internal sealed class TaskRow
{
    public long Number { get; set; }

    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string FunctionName { get; set; } = "";
    public string Pool { get; set; } = "";
    public long Priority { get; set; }
    public long StartAt { get; set; }
    public long CreatedAt { get; set; }
    public string? Data { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }
    public string? Reference { get; set; }
    public string? Publisher { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }

    /// <summary>A JSON array of ids, or null.</summary>
    public string? RetryForTaskIds { get; set; }

    /// <summary>The schedule or the event that made the task: 24 hex digits, or null.</summary>
    public string? ScheduleId { get; set; }
    public string? EventId { get; set; }

    /// <summary>How many triggers led to the task, one after the other.</summary>
    public short Depth { get; set; }

    /// <summary>The trace to which it belongs, as W3C <c>traceparent</c>, or null.</summary>
    public string? TraceParent { get; set; }
}

/// <summary>A task that is new, with its place in the ready queue.</summary>
internal sealed class WaitingRow
{
    public long Number { get; set; }
    public string Id { get; set; } = "";
    public string Pool { get; set; } = "";
    public long Priority { get; set; }
    public long StartAt { get; set; }

    /// <summary>The start time, or a later time after a backoff.</summary>
    public long DueAt { get; set; }
    public bool IsReady { get; set; }
    public long Version { get; set; }
    public long ChangedAt { get; set; }
    public long? NotRunSince { get; set; }
    public int NotRunCount { get; set; }

    /// <summary>Why its function did not run the last time: the error's name.</summary>
    public string? NotRunName { get; set; }
    public string? NotRunMessage { get; set; }
}

/// <summary>A task in progress.</summary>
internal sealed class RunningRow
{
    public long Number { get; set; }
    public string Id { get; set; } = "";
    public long Version { get; set; }
    public long ChangedAt { get; set; }
    public Guid ClaimId { get; set; }
    public Guid WorkerId { get; set; }
    public long DeadlineAt { get; set; }
    public long? NotRunSince { get; set; }
    public int NotRunCount { get; set; }
}

/// <summary>How a task ended: complete, failed, canceled or retried.</summary>
internal sealed class FinishedRow
{
    public long Number { get; set; }
    public string Status { get; set; } = "";
    public long Version { get; set; }
    public long ChangedAt { get; set; }

    /// <summary>Null when the task never ran.</summary>
    public Guid? ClaimId { get; set; }
    public Guid? WorkerId { get; set; }
    public string? ErrorType { get; set; }
    public string? ErrorName { get; set; }
    public string? ErrorMessage { get; set; }
    public string? RetriedByTaskId { get; set; }
}

/// <summary>An event that has still to be published.</summary>
internal sealed class EventRow
{
    public long Position { get; set; }
    public Guid MessageId { get; set; }
    public string Type { get; set; } = "";
    public string Body { get; set; } = "";
}

/// <summary>What a task's function printed and returned.</summary>
internal sealed class LogRow
{
    public long Number { get; set; }
    public long ReceivedAt { get; set; }
    public string Text { get; set; } = "";

    /// <summary>Lambda's id of the invocation.</summary>
    public string? RequestId { get; set; }

    /// <summary>What the function returned, as JSON, if that is kept.</summary>
    public string? Result { get; set; }

    /// <summary>True when the result is too large, or no JSON.</summary>
    public bool IsResultDropped { get; set; }
}
