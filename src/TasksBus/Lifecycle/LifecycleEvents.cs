using MassTransit;
using TasksBus.Contracts;

namespace TasksBus.Lifecycle;

// Events that only TasksBus itself raises. None has an endpoint, so nobody can forge one over the broker.

/// <summary>A worker takes the task; committed before the function is invoked.</summary>
/// <param name="TimeLimit">When the saga's own timeout fires: the function's limit and a margin for the worker's answer.</param>
public sealed record TaskClaimed(Guid CorrelationId, Guid ClaimId, Guid WorkerId, TimeSpan TimeLimit) : CorrelatedBy<Guid>;

/// <summary>The task runs at once in the process that accepted it, outside queue and window.</summary>
public sealed record TaskExecutedDirectly(Guid CorrelationId, ScheduleTask Task, Guid ClaimId, Guid WorkerId, TimeSpan TimeLimit) : CorrelatedBy<Guid>;

/// <summary>The function returned.</summary>
/// <param name="Log">What it printed.</param>
public sealed record FunctionReturned(Guid CorrelationId, Guid ClaimId, string? Log) : CorrelatedBy<Guid>
{
    /// <summary>Lambda's id of the invocation, to find it there by.</summary>
    public string? RequestId { get; init; }
}

/// <summary>The function failed, could not be invoked, or gave no answer in time.</summary>
/// <param name="Retry">The successor that a retry policy asks for, or null.</param>
public sealed record FunctionFailed(Guid CorrelationId, Guid ClaimId, TaskError Error, string? Log, RetryPlan? Retry = null) : CorrelatedBy<Guid>
{
    /// <summary>Whether a retry policy may have a say: it is known how the function ended, or that it was not run.</summary>
    public bool MayBeRetried { get; init; }

    /// <summary>Lambda's id of the invocation, to find it there by.</summary>
    public string? RequestId { get; init; }
}

/// <param name="SuccessorId">24 hex digits.</param>
/// <param name="After">How long after the failure the successor starts.</param>
public sealed record RetryPlan(string SuccessorId, TimeSpan After);

/// <summary>The function certainly did not run: throttled, or no connection.</summary>
/// <param name="At">When that was found.</param>
/// <param name="After">When to try again.</param>
public sealed record FunctionNotRun(Guid CorrelationId, Guid ClaimId, TaskError Error, DateTimeOffset At, TimeSpan After) : CorrelatedBy<Guid>;

/// <summary>The worker that ran the task is gone.</summary>
public sealed record WorkerLost(Guid CorrelationId, Guid WorkerId) : CorrelatedBy<Guid>;

/// <summary>The task's start time has come. The dispatcher releases it; nothing in the task changes until it is claimed.</summary>
/// <param name="After">Null: at the task's start time.</param>
public sealed record StartDue(Guid CorrelationId, TimeSpan? After) : CorrelatedBy<Guid>;

/// <summary>The task's deadline has passed.</summary>
/// <param name="After">The interval from the claim.</param>
public sealed record TimeLimitReached(Guid CorrelationId, TimeSpan After) : CorrelatedBy<Guid>;

/// <summary>The task that retries a failed one.</summary>
/// <param name="Task">Without its input where the failed one is stored: that is copied there.</param>
/// <param name="RetryForTaskIds">The ids of all before it, oldest first.</param>
public sealed record SuccessorScheduled(
    Guid CorrelationId, ScheduleTask Task, IReadOnlyList<string> RetryForTaskIds, string? CreatedByUserId, string? CreatedByApplicationId,
    TimeSpan After) : CorrelatedBy<Guid>;
