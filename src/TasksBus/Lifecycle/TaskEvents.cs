using TasksBus.Contracts;

namespace TasksBus.Lifecycle;

/// <summary>A publisher or a caller schedules the task.</summary>
/// <param name="Task">The task, which is valid by the rules and filled in with values from its function.</param>
public sealed record ScheduleRequested(Guid CorrelationId, ScheduleTask Task) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Schedule;

    internal override int DataLength => TaskTransitions.DataLength(Task);

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.Scheduled, this);
}

/// <summary>A publisher or a caller cancels the task.</summary>
public sealed record CancelRequested(Guid CorrelationId) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Cancel;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.CancelRequested, this);
}

/// <summary>A worker takes the task. The claim is committed before the function is invoked.</summary>
/// <param name="TimeLimit">When the saga's own timeout fires: the function's limit and a margin for the worker's answer.</param>
public sealed record TaskClaimed(Guid CorrelationId, Guid ClaimId, Guid WorkerId, TimeSpan TimeLimit) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Claim;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.Claimed, this);
}

/// <summary>The task runs at once in the process that accepted it, outside the queue and the release window.</summary>
public sealed record TaskExecutedDirectly(
    Guid CorrelationId, ScheduleTask Task, Guid ClaimId, Guid WorkerId, TimeSpan TimeLimit) : TaskEvent(CorrelationId)
{
    internal override int DataLength => TaskTransitions.DataLength(Task);

    internal override EventKind Kind => EventKind.MakeTask;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.ExecutedDirectly, this);
}

/// <summary>The function returned.</summary>
/// <param name="Log">What it printed.</param>
public sealed record FunctionReturned(Guid CorrelationId, Guid ClaimId, string? Log) : TaskEvent(CorrelationId)
{
    /// <summary>Lambda's id of the invocation, by which it can be found there.</summary>
    public string? RequestId { get; init; }

    /// <summary>What it returned, if that is kept.</summary>
    public KeptResult Result { get; init; }

    internal override (string? Log, string? RequestId, TaskError? NotRun) Invocation => (Log, RequestId, null);

    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.Returned, this);
}

/// <summary>The function failed, could not be invoked, or gave no answer in time.</summary>
/// <param name="Retry">The successor that a retry policy requires, or null.</param>
public sealed record FunctionFailed(
    Guid CorrelationId, Guid ClaimId, TaskError Error, string? Log, RetryPlan? Retry = null) : TaskEvent(CorrelationId)
{
    /// <summary>True when a retry policy may apply: it is known how the function ended, or that it was not run.</summary>
    public bool MayBeRetried { get; init; }

    /// <summary>Lambda's id of the invocation, by which it can be found there.</summary>
    public string? RequestId { get; init; }

    internal override (string? Log, string? RequestId, TaskError? NotRun) Invocation => (Log, RequestId, null);

    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.FunctionFailed, this);
}

/// <param name="SuccessorId">24 hex digits.</param>
/// <param name="After">How long after the failure the successor starts.</param>
public sealed record RetryPlan(string SuccessorId, TimeSpan After);

/// <summary>The function certainly did not run, because it was throttled or there was no connection.</summary>
/// <param name="At">When that was found.</param>
/// <param name="After">The wait before the next try.</param>
public sealed record FunctionNotRun(
    Guid CorrelationId, Guid ClaimId, TaskError Error, DateTimeOffset At, TimeSpan After) : TaskEvent(CorrelationId)
{
    internal override (string? Log, string? RequestId, TaskError? NotRun) Invocation => (null, null, Error);

    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.NotRun, this);
}

/// <summary>The worker that ran the task is gone.</summary>
public sealed record WorkerLost(Guid CorrelationId, Guid WorkerId) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.WorkerLost, this);
}

/// <summary>The task's start time has come. The dispatcher releases the task, and nothing in it changes until it is claimed.</summary>
/// <param name="After">Null means at the task's start time.</param>
public sealed record StartDue(Guid CorrelationId, TimeSpan? After) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.Start.Received, this);
}

/// <summary>The task's deadline has passed.</summary>
/// <param name="After">The interval from the claim.</param>
public sealed record TimeLimitReached(Guid CorrelationId, TimeSpan After) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.Report;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.TimeLimit.Received, this);
}

/// <summary>The task that retries a failed one.</summary>
/// <param name="Task">The successor. It has no input when the failed task is stored, because the input is then copied within the
/// database.</param>
/// <param name="RetryForTaskIds">The ids of all earlier tasks, the oldest first.</param>
public sealed record SuccessorScheduled(
    Guid CorrelationId, ScheduleTask Task, IReadOnlyList<string> RetryForTaskIds, string? CreatedByUserId, string? CreatedByApplicationId,
    TimeSpan After) : TaskEvent(CorrelationId)
{
    internal override EventKind Kind => EventKind.MakeTask;

    internal override Task RaiseAsync(TaskInstance on) => on.RaiseAsync(on.Machine.SuccessorScheduled, this);
}
