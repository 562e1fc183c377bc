using MassTransit;

namespace TasksBus.Lifecycle;

/// <summary>The life of a task.</summary>
/// <remarks>
/// <code>
/// (none)     -- scheduled ------------------------> new
/// (none)     -- executed directly ----------------> inProgress
/// new        -- canceled -------------------------> canceled
/// new        -- claimed by a worker --------------> inProgress
/// inProgress -- certainly not run ----------------> new, or failed after one hour of it
/// inProgress -- function returned ----------------> complete
/// inProgress -- function failed, to be retried ---> retried, and its successor is new
/// inProgress -- function failed, or time is up ---> failed
/// inProgress -- worker lost ----------------------> failed
/// </code>
/// complete, failed, canceled and retried are final.
/// </remarks>
public sealed class TaskLifecycle : MassTransitStateMachine<TaskSaga>
{
    /// <summary>The task waits for its start time or for a worker.</summary>
    public new State New { get; private set; } = null!;

    /// <summary>A worker has claimed the task, or the process that accepted it executes it directly.</summary>
    public State InProgress { get; private set; } = null!;

    /// <summary>The function returned. Final.</summary>
    public State Complete { get; private set; } = null!;

    /// <summary>The task failed, and another task retries it. Final.</summary>
    public State Retried { get; private set; } = null!;

    /// <summary>The task failed, and nothing retries it. Final.</summary>
    public State Failed { get; private set; } = null!;

    /// <summary>The task was canceled before a worker claimed it. Final.</summary>
    public State Canceled { get; private set; } = null!;

    /// <summary>Makes a task that a publisher or a caller scheduled.</summary>
    public Event<ScheduleRequested> Scheduled { get; private set; } = null!;

    /// <summary>Makes the task that retries a failed one.</summary>
    public Event<SuccessorScheduled> SuccessorScheduled { get; private set; } = null!;

    /// <summary>Makes a task that runs at once in the process that accepted it.</summary>
    public Event<TaskExecutedDirectly> ExecutedDirectly { get; private set; } = null!;

    /// <summary>Cancels a task that is still new.</summary>
    public Event<CancelRequested> CancelRequested { get; private set; } = null!;

    /// <summary>Gives a due task to a worker.</summary>
    public Event<TaskClaimed> Claimed { get; private set; } = null!;

    /// <summary>Completes a task.</summary>
    public Event<FunctionReturned> Returned { get; private set; } = null!;

    /// <summary>Ends a task with an error, and may make its successor.</summary>
    public Event<FunctionFailed> FunctionFailed { get; private set; } = null!;

    /// <summary>Puts a task back because its function did not run, or fails it when that has gone on for an hour.</summary>
    public Event<FunctionNotRun> NotRun { get; private set; } = null!;

    /// <summary>Ends a task whose worker is gone.</summary>
    public Event<WorkerLost> WorkerLost { get; private set; } = null!;

    /// <summary>The start time of a task that is new.</summary>
    public Schedule<TaskSaga, StartDue> Start { get; private set; } = null!;

    /// <summary>The deadline of a task that is in progress.</summary>
    public Schedule<TaskSaga, TimeLimitReached> TimeLimit { get; private set; } = null!;

    /// <summary>Declares the states, the events and the arrows between them.</summary>
    public TaskLifecycle()
    {
        InstanceState(task => task.CurrentState);
        Schedule(() => Start, task => task.StartTokenId);
        Schedule(() => TimeLimit, task => task.TimeoutTokenId);

        AtTheBeginning();
        WhileNew();
        WhileInProgress();

        // Late, early and duplicate messages change nothing, in any state.
        OnUnhandledEvent(context => context.Ignore());
    }

    private void AtTheBeginning() =>
        Initially(
            When(Scheduled)
                .Accept()
                .Schedule(Start, context => new StartDue(context.Saga.CorrelationId, null), context => context.StartTime())
                .Announce(task => task.AsScheduled())
                .Become(New),
            When(SuccessorScheduled)
                .AcceptSuccessor()
                .Schedule(
                    Start, context => new StartDue(context.Saga.CorrelationId, context.Message.After), context => context.Message.After)
                .Announce(task => task.AsScheduled())
                .Become(New),
            When(ExecutedDirectly)
                .AcceptDirectly()
                .Schedule(
                    TimeLimit, context => new(context.Saga.CorrelationId, context.Message.TimeLimit), context => context.Message.TimeLimit)
                .Announce(task => task.AsStarted())
                .Become(InProgress));

    private void WhileNew() =>
        During(New,
            When(CancelRequested)
                .Unschedule(Start)
                .Announce(task => task.AsCanceled())
                .Become(Canceled),
            When(Claimed)
                .Claim()
                .Unschedule(Start)
                .Schedule(
                    TimeLimit, context => new(context.Saga.CorrelationId, context.Message.TimeLimit), context => context.Message.TimeLimit)
                .Announce(task => task.AsStarted())
                .Become(InProgress));

    private void WhileInProgress() =>
        During(InProgress,
            When(Returned, context => context.HoldsClaim(context.Message.ClaimId))
                .TakeResult()
                .Unschedule(TimeLimit)
                .Announce(task => task.AsCompleted())
                .Become(Complete),
            When(NotRun, context => context.MayWait())
                .Snooze()
                .Unschedule(TimeLimit)
                .Schedule(
                    Start, context => new StartDue(context.Saga.CorrelationId, context.Message.After), context => context.Message.After)
                .Become(New),
            When(NotRun, context => context.WaitedTooLong())
                .Fail(context => context.GaveUp())
                .Unschedule(TimeLimit)
                .AnnounceFailure()
                .Become(Failed),
            When(FunctionFailed, context => context.HoldsClaim(context.Message.ClaimId) && context.Message.Retry is null)
                .Fail(context => context.Message.Error)
                .Unschedule(TimeLimit)
                .AnnounceFailure()
                .Become(Failed),
            When(FunctionFailed, context => context.HoldsClaim(context.Message.ClaimId) && context.Message.Retry is not null)
                .Retry()
                .Unschedule(TimeLimit)
                .Publish(context => context.Successor())
                .Announce(task => task.AsRetried())
                .Become(Retried),
            When(TimeLimit.Received)
                .Fail(_ => Errors.TimeLimitExceeded)
                .AnnounceFailure()
                .Unschedule(TimeLimit)
                .Become(Failed),
            When(WorkerLost, context => context.Saga.WorkerId == context.Message.WorkerId)
                .Fail(_ => Errors.WorkerLost)
                .Unschedule(TimeLimit)
                .AnnounceFailure()
                .Become(Failed));
}
