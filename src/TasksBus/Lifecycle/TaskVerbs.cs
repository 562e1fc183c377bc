using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;

namespace TasksBus.Lifecycle;

/// <summary>The actions of the state machine on a task, by name, without I/O.</summary>
internal static class TaskVerbs
{
    /// <summary>How long the runs of a task may fail to start before the task fails.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public static DateTime StartTime(this BehaviorContext<TaskSaga, ScheduleRequested> context) =>
        context.Saga.StartTimestamp?.UtcDateTime ?? context.SentTime ?? DateTime.UnixEpoch;

    public static bool HoldsClaim(this BehaviorContext<TaskSaga> context, Guid claimId) => context.Saga.ClaimId == claimId;

    public static bool MayWait(this BehaviorContext<TaskSaga, FunctionNotRun> context) =>
        context.HoldsClaim(context.Message.ClaimId) && context.Waited() < LongestWait;

    public static bool WaitedTooLong(this BehaviorContext<TaskSaga, FunctionNotRun> context) =>
        context.HoldsClaim(context.Message.ClaimId) && context.Waited() >= LongestWait;

    public static EventActivityBinder<TaskSaga, ScheduleRequested> Accept(this EventActivityBinder<TaskSaga, ScheduleRequested> binder) =>
        binder.Then(static context => context.Saga.TakeContent(context.Message.Task));

    public static EventActivityBinder<TaskSaga, SuccessorScheduled> AcceptSuccessor(
        this EventActivityBinder<TaskSaga, SuccessorScheduled> binder) =>
        binder.Then(static context =>
        {
            var (task, message) = (context.Saga, context.Message);
            task.TakeContent(message.Task);
            task.RetryForTaskIds = [.. message.RetryForTaskIds.Select(TaskId.Parse)];
            task.CreatedByUserId = message.CreatedByUserId;
            task.CreatedByApplicationId = message.CreatedByApplicationId;
        });

    public static EventActivityBinder<TaskSaga, TaskExecutedDirectly> AcceptDirectly(
        this EventActivityBinder<TaskSaga, TaskExecutedDirectly> binder) =>
        binder.Then(static context =>
        {
            context.Saga.TakeContent(context.Message.Task);
            (context.Saga.ClaimId, context.Saga.WorkerId) = (context.Message.ClaimId, context.Message.WorkerId);
        });

    public static EventActivityBinder<TaskSaga, TaskClaimed> Claim(this EventActivityBinder<TaskSaga, TaskClaimed> binder) =>
        binder.Then(static context => (context.Saga.ClaimId, context.Saga.WorkerId) = (context.Message.ClaimId, context.Message.WorkerId));

    public static EventActivityBinder<TaskSaga, FunctionReturned> TakeResult(this EventActivityBinder<TaskSaga, FunctionReturned> binder) =>
        binder.Then(static context =>
            (context.Saga.Result, context.Saga.IsResultDropped) = (context.Message.Result.Json, context.Message.Result.IsDropped));

    /// <summary>Gives back a task whose function was not run. The task waits and is tried again.</summary>
    public static EventActivityBinder<TaskSaga, FunctionNotRun> Snooze(this EventActivityBinder<TaskSaga, FunctionNotRun> binder) =>
        binder.Then(static context =>
        {
            var task = context.Saga;
            task.NotRunSince ??= context.Message.At;
            task.NotRunCount++;
            (task.ClaimId, task.WorkerId) = (null, null);
        });

    public static EventActivityBinder<TaskSaga, T> Fail<T>(
        this EventActivityBinder<TaskSaga, T> binder, Func<BehaviorContext<TaskSaga, T>, TaskError> error)
        where T : class =>
        binder.Then(context => context.Saga.Error = error(context));

    public static EventActivityBinder<TaskSaga, FunctionFailed> Retry(this EventActivityBinder<TaskSaga, FunctionFailed> binder) =>
        binder.Then(static context =>
        {
            context.Saga.Error = context.Message.Error;
            context.Saga.RetriedByTaskId = TaskId.Parse(context.Message.Retry!.SuccessorId);
        });

    /// <summary>Publishes an event. An event of a type that is not kept is not even made.</summary>
    public static EventActivityBinder<TaskSaga, T> Announce<T, TEvent>(
        this EventActivityBinder<TaskSaga, T> binder, Func<TaskSaga, TEvent> @event)
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

    /// <summary>
    /// Publishes that the task failed. Where failures trigger tasks, the same transaction keeps an event for the leader to raise. Its id
    /// derives from the task's, so a failure is raised once.
    /// </summary>
    public static EventActivityBinder<TaskSaga, T> AnnounceFailure<T>(this EventActivityBinder<TaskSaga, T> binder)
        where T : class =>
        binder.Announce(static task => task.AsFailed()).Then(static context =>
        {
            if (context.TryGetPayload(out CapturedContext? captured) && captured.Keeps(KeptEvents.Raised))
            {
                captured.Keep(context.Saga.AsRaised());
            }
        });

    public static EventActivityBinder<TaskSaga, T> Become<T>(this EventActivityBinder<TaskSaga, T> binder, State state)
        where T : class => binder.Add(new BecomeActivity<T>(state));

    public static TaskError GaveUp(this BehaviorContext<TaskSaga, FunctionNotRun> context)
    {
        var error = context.Message.Error;
        return error with
        {
            Message = $"{error.Message} Given up after {context.Saga.NotRunCount + 1} tries in {LongestWait.TotalMinutes:0} minutes."
        };
    }

    public static SuccessorScheduled Successor(this BehaviorContext<TaskSaga, FunctionFailed> context)
    {
        var (task, plan) = (context.Saga, context.Message.Retry!);
        return new(
            TaskId.Parse(plan.SuccessorId).ToGuid(), task.AgainWithoutInput() with { TaskId = plan.SuccessorId },
            [.. task.RetryForTaskIds.Append(task.Id).Select(id => id.ToString())],
            task.CreatedByUserId, task.CreatedByApplicationId, plan.After);
    }

    public static TaskScheduled AsScheduled(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName, task.StartTimestamp, task.Priority)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
        };

    public static TaskStarted AsStarted(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
        };

    public static TaskCompleted AsCompleted(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
            Result = task.Result is { } result ? JsonElement.Parse(result) : null,
            IsResultDropped = task.IsResultDropped,
        };

    public static TaskFailed AsFailed(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName, task.Error!)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
        };

    public static EventOccurred AsRaised(this TaskSaga task) => new()
    {
        EventId = TaskId.FromKey($"tasksbus task_failed {task.Id}").ToString(),
        Type = EventRules.TaskFailed,
        Content = JsonSerializer.SerializeToElement(
            new { id = task.Id.ToString(), functionName = task.FunctionName, error = task.Error }, JsonOutput.Objects),
        RaisedByTaskId = task.Id.ToString(),
    };

    public static TaskCanceled AsCanceled(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
        };

    public static TaskRetried AsRetried(this TaskSaga task) =>
        new(task.Id.ToString(), task.FunctionName, task.RetriedByTaskId!.Value.ToString(), task.Error!)
        {
            Tags = task.Tags,
            Reference = task.Reference,
            Publisher = task.Publisher,
            TraceParent = task.TraceParent,
        };

    private static TimeSpan Waited(this BehaviorContext<TaskSaga, FunctionNotRun> context) =>
        context.Message.At - (context.Saga.NotRunSince ?? context.Message.At);

    private static void TakeContent(this TaskSaga task, ScheduleTask content)
    {
        task.FunctionName = content.FunctionName;
        task.Data = content.Data?.GetRawText();
        task.StartTimestamp = content.StartTimestamp;
        task.Priority = content.Priority ?? 0;
        task.Tags = content.Tags ?? [];
        (task.Reference, task.Publisher) = (content.Reference, content.Publisher);
        task.CreatedByApplicationId = content.CreatedByApplicationId;
        task.CreatedByUserId = content.CreatedByUserId;
        task.Depth = content.Depth;
        task.TraceParent = content.TraceParent;
    }
}

/// <summary>The errors that the life cycle itself gives.</summary>
internal static class Errors
{
    public static readonly TaskError TimeLimitExceeded = new(TaskErrorTypes.Runtime, TaskErrorNames.TimeLimitExceeded,
        "The function gave no answer within its time limit. It may have run, so it is not run again.");

    public static readonly TaskError FunctionDisabled = new(TaskErrorTypes.Invocation, TaskErrorNames.FunctionDisabled,
        "The function was disabled when the task was to start, so it was not invoked. Enable the function and schedule the task again.");

    public static readonly TaskError WorkerLost = new(TaskErrorTypes.Runtime, TaskErrorNames.ZombieTaskCleaned,
        "The worker that ran the task is gone and nobody knows how the function ended. It may have run, so it is not run again.");
}
