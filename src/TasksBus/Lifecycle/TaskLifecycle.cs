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
    public new State New { get; private set; } = null!;
    public State InProgress { get; private set; } = null!;
    public State Complete { get; private set; } = null!;
    public State Retried { get; private set; } = null!;
    public State Failed { get; private set; } = null!;
    public State Canceled { get; private set; } = null!;

    public Event<ScheduleRequested> Scheduled { get; private set; } = null!;
    public Event<SuccessorScheduled> SuccessorScheduled { get; private set; } = null!;
    public Event<TaskExecutedDirectly> ExecutedDirectly { get; private set; } = null!;
    public Event<CancelRequested> CancelRequested { get; private set; } = null!;
    public Event<TaskClaimed> Claimed { get; private set; } = null!;
    public Event<FunctionReturned> Returned { get; private set; } = null!;
    public Event<FunctionFailed> FunctionFailed { get; private set; } = null!;
    public Event<FunctionNotRun> NotRun { get; private set; } = null!;
    public Event<WorkerLost> WorkerLost { get; private set; } = null!;

    public Schedule<TaskSaga, StartDue> Start { get; private set; } = null!;
    public Schedule<TaskSaga, TimeLimitReached> TimeLimit { get; private set; } = null!;

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
                .Announce(task => task.AsFailed())
                .Become(Failed),
            When(FunctionFailed, context => context.HoldsClaim(context.Message.ClaimId) && context.Message.Retry is null)
                .Fail(context => context.Message.Error)
                .Unschedule(TimeLimit)
                .Announce(task => task.AsFailed())
                .Become(Failed),
            When(FunctionFailed, context => context.HoldsClaim(context.Message.ClaimId) && context.Message.Retry is not null)
                .Retry()
                .Unschedule(TimeLimit)
                .Publish(context => context.Successor())
                .Announce(task => task.AsRetried())
                .Become(Retried),
            When(TimeLimit.Received)
                .Fail(_ => Errors.TimeLimitExceeded)
                .Announce(task => task.AsFailed())
                .Unschedule(TimeLimit)
                .Become(Failed),
            When(WorkerLost, context => context.Saga.WorkerId == context.Message.WorkerId)
                .Fail(_ => Errors.WorkerLost)
                .Unschedule(TimeLimit)
                .Announce(task => task.AsFailed())
                .Become(Failed));
}
