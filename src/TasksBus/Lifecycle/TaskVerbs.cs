using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;

namespace TasksBus.Lifecycle;

/// <summary>What the state machine does to a task, by name. No I/O.</summary>
internal static class TaskVerbs
{
    /// <summary>How long a task may be found not to run before it fails.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public static DateTime StartTime(this BehaviorContext<TaskState, ScheduleRequested> context) =>
        context.Saga.StartTimestamp?.UtcDateTime ?? context.SentTime ?? DateTime.UnixEpoch;

    public static bool HoldsClaim(this BehaviorContext<TaskState> context, Guid claimId) => context.Saga.ClaimId == claimId;

    public static bool MayWait(this BehaviorContext<TaskState, FunctionNotRun> context) =>
        context.HoldsClaim(context.Message.ClaimId) && context.Waited() < LongestWait;

    public static bool WaitedTooLong(this BehaviorContext<TaskState, FunctionNotRun> context) =>
        context.HoldsClaim(context.Message.ClaimId) && context.Waited() >= LongestWait;

    public static EventActivityBinder<TaskState, ScheduleRequested> Accept(this EventActivityBinder<TaskState, ScheduleRequested> binder) =>
        binder.Then(static context => context.Saga.TakeContent(context.Message.Task));

    public static EventActivityBinder<TaskState, SuccessorScheduled> AcceptSuccessor(this EventActivityBinder<TaskState, SuccessorScheduled> binder) =>
        binder.Then(static context =>
        {
            var (task, message) = (context.Saga, context.Message);
            task.TakeContent(message.Task);
            task.RetryForTaskIds = [.. message.RetryForTaskIds.Select(TaskId.Parse)];
            task.CreatedByUserId = message.CreatedByUserId;
            task.CreatedByApplicationId = message.CreatedByApplicationId;
        });

    public static EventActivityBinder<TaskState, TaskExecutedDirectly> AcceptDirectly(this EventActivityBinder<TaskState, TaskExecutedDirectly> binder) =>
        binder.Then(static context =>
        {
            context.Saga.TakeContent(context.Message.Task);
            (context.Saga.ClaimId, context.Saga.WorkerId) = (context.Message.ClaimId, context.Message.WorkerId);
        });

    public static EventActivityBinder<TaskState, TaskClaimed> Claim(this EventActivityBinder<TaskState, TaskClaimed> binder) =>
        binder.Then(static context => (context.Saga.ClaimId, context.Saga.WorkerId) = (context.Message.ClaimId, context.Message.WorkerId));

    public static EventActivityBinder<TaskState, FunctionNotRun> GiveBack(this EventActivityBinder<TaskState, FunctionNotRun> binder) =>
        binder.Then(static context =>
        {
            var task = context.Saga;
            task.NotRunSince ??= context.Message.At;
            task.NotRunCount++;
            (task.ClaimId, task.WorkerId) = (null, null);
        });

    public static EventActivityBinder<TaskState, T> Fail<T>(
        this EventActivityBinder<TaskState, T> binder, Func<BehaviorContext<TaskState, T>, TaskError> error)
        where T : class =>
        binder.Then(context => context.Saga.Error = error(context));

    public static EventActivityBinder<TaskState, FunctionFailed> Retry(this EventActivityBinder<TaskState, FunctionFailed> binder) =>
        binder.Then(static context =>
        {
            context.Saga.Error = context.Message.Error;
            context.Saga.RetriedByTaskId = TaskId.Parse(context.Message.Retry!.SuccessorId);
        });

    /// <summary>Publishes an event. One of a type that is not kept is not even made.</summary>
    public static EventActivityBinder<TaskState, T> Announce<T, TEvent>(this EventActivityBinder<TaskState, T> binder, Func<TaskState, TEvent> @event)
        where T : class
        where TEvent : class =>
        binder.ThenAsync(context =>
        {
            if (!context.TryGetPayload(out CapturedContext? captured))
            {
                return context.Publish(@event(context.Saga));
            }

            if (captured.Keeps(typeof(TEvent)))
            {
                captured.Keep(@event(context.Saga));
            }

            return Task.CompletedTask;
        });

    public static EventActivityBinder<TaskState, T> Become<T>(this EventActivityBinder<TaskState, T> binder, State state)
        where T : class => binder.Add(new BecomeActivity<T>(state));

    public static TaskError GaveUp(this BehaviorContext<TaskState, FunctionNotRun> context)
    {
        var error = context.Message.Error;
        return error with { Message = $"{error.Message} Given up after {context.Saga.NotRunCount + 1} tries in {LongestWait.TotalMinutes:0} minutes." };
    }

    public static SuccessorScheduled Successor(this BehaviorContext<TaskState, FunctionFailed> context)
    {
        var (task, plan) = (context.Saga, context.Message.Retry!);
        return new(TaskId.Parse(plan.SuccessorId).ToGuid(), task.AgainWithoutInput() with { TaskId = plan.SuccessorId }, [.. task.RetryForTaskIds.Append(task.Id).Select(id => id.ToString())],
            task.CreatedByUserId, task.CreatedByApplicationId, plan.After);
    }

    public static TaskScheduled AsScheduled(this TaskState task) =>
        new(task.Id.ToString(), task.FunctionName, task.StartTimestamp, task.Priority);

    public static TaskStarted AsStarted(this TaskState task) => new(task.Id.ToString(), task.FunctionName);

    public static TaskCompleted AsCompleted(this TaskState task) => new(task.Id.ToString(), task.FunctionName);

    public static TaskFailed AsFailed(this TaskState task) => new(task.Id.ToString(), task.FunctionName, task.Error!);

    public static TaskCanceled AsCanceled(this TaskState task) => new(task.Id.ToString(), task.FunctionName);

    public static TaskRetried AsRetried(this TaskState task) =>
        new(task.Id.ToString(), task.FunctionName, task.RetriedByTaskId!.Value.ToString(), task.Error!);

    private static TimeSpan Waited(this BehaviorContext<TaskState, FunctionNotRun> context) =>
        context.Message.At - (context.Saga.NotRunSince ?? context.Message.At);

    private static void TakeContent(this TaskState task, ScheduleTask content)
    {
        task.FunctionName = content.FunctionName;
        task.Data = content.Data?.GetRawText();
        task.StartTimestamp = content.StartTimestamp;
        task.Priority = content.Priority ?? 0;
        task.Tags = content.Tags ?? [];
        task.CreatedByApplicationId = content.CreatedByApplicationId;
        task.CreatedByUserId = content.CreatedByUserId;
    }
}

/// <summary>Errors that the life cycle itself gives.</summary>
internal static class Errors
{
    public static readonly TaskError TimeLimitExceeded = new(TaskErrorTypes.Runtime, TaskErrorNames.TimeLimitExceeded,
        "The function gave no answer within its time limit. It may have run, so it is not run again.");

    public static readonly TaskError FunctionDisabled = new(TaskErrorTypes.Invocation, TaskErrorNames.FunctionDisabled,
        "The function was disabled when the task was to start, so it was not invoked. Enable the function and schedule the task again.");

    public static readonly TaskError WorkerLost = new(TaskErrorTypes.Runtime, TaskErrorNames.ZombieTaskCleaned,
        "The worker that ran the task is gone and nobody knows how the function ended. It may have run, so it is not run again.");
}
