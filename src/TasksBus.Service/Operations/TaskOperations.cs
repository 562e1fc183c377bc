using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Operations;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Service.Operations;

/// <summary>What a caller does with tasks, over HTTP or in the dashboard. Each operation checks the caller's permission.</summary>
/// <remarks>
/// Each operation throws <see cref="CommandRefusedException"/> when the caller lacks the permission, when there is no such task, and when
/// the task or its state does not allow it.
/// </remarks>
public sealed class TaskOperations(ITaskReader tasks, TaskIntake intake, IdempotentIntake idempotent, IStatusReader status)
{
    private const string NoLog = "The function of this task left no log";

    /// <summary>The page of tasks for a query.</summary>
    /// <exception cref="QueryTooSlowException">The query takes too long.</exception>
    public Task<TaskPage> ListAsync(Caller caller, RqlQuery query, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTasks);
        return tasks.FindAsync(query, cancellationToken);
    }

    /// <summary>A task with its input and its result.</summary>
    public async Task<TaskRecord> FindAsync(Caller caller, TaskId id, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTasks);
        return await tasks.FindAsync(id, cancellationToken) ?? throw Unknown(id);
    }

    /// <summary>A task without its input, and where and why it waits.</summary>
    public async Task<TaskState> StateAsync(Caller caller, TaskId id, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTasks);
        // The place is looked for first. So a task that starts meanwhile is shown as started.
        var place = await status.PlaceAsync(id, cancellationToken);
        var reason = place is null ? null : WaitReason.Of(place, await status.StatusAsync(cancellationToken));
        var task = await LookAsync(id, withInput: false, cancellationToken);
        return task.Status == TaskStates.New ? new(task, place, reason) : new(task, null, null);
    }

    /// <summary>Stores a task, under the caller's key if there is one.</summary>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public Task<TaskRecord> CreateAsync(Caller caller, ScheduleTask task, IdempotencyKey? key, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.CreateTasks);
        return ScheduleAsync(caller, task, key, cancellationToken);
    }

    /// <summary>Makes a new task like an existing one, whatever happened to that one. The new task starts now.</summary>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public async Task<TaskRecord> RerunAsync(Caller caller, TaskId id, IdempotencyKey? key, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.CreateTasks);
        var task = await LookAsync(id, withInput: true, cancellationToken);
        TaskTraces.LinkTo(task.TraceParent);
        try
        {
            return await ScheduleAsync(caller, task.Again(), key, cancellationToken);
        }
        catch (CommandRefusedException refused) when (!caller.May(Permissions.ViewTasks))
        {
            // The original reason names the function.
            throw new CommandRefusedException(
                refused.Refusal.Code, "The task's function is not registered here any more, so the task cannot be rerun.");
        }
    }

    /// <summary>Cancels a task that is new.</summary>
    public async Task CancelAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.CancelTasks);
        var (isCanceled, task) = await intake.CancelAsync(id);
        if (!isCanceled)
        {
            throw task is null ? Unknown(id)
                : new CommandRefusedException(
                    ErrorCode.IllegalState,
                    $"The task is {(caller.May(Permissions.ViewTasks) ? task.Status : "not new")}; only a new task can be canceled.");
        }
    }

    /// <summary>What a task's function printed.</summary>
    public async Task<TaskLog> LogAsync(Caller caller, TaskId id, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTaskLogs);
        var task = await LookAsync(id, withInput: false, cancellationToken);
        if (task.Status is TaskStates.New or TaskStates.InProgress or TaskStates.Canceled)
        {
            var its = caller.May(Permissions.ViewTasks) ? $" is {task.Status}: it" : "";
            throw new CommandRefusedException(ErrorCode.IllegalState, $"The task{its} has no log before its function has run.");
        }

        return await tasks.LogAsync(id, cancellationToken)
            ?? throw new CommandRefusedException(
                ErrorCode.NoTaskLogsFound, $"{NoLog}, or it was kept for long enough (TasksBus:Retention:Logs).");
    }

    private async Task<TaskRecord> ScheduleAsync(
        Caller caller, ScheduleTask task, IdempotencyKey? key, CancellationToken cancellationToken)
    {
        if (key is null)
        {
            return await intake.ScheduleAsync(TaskId.New(), task, caller.ApplicationId, caller.UserId, cancellationToken);
        }

        return await idempotent.ScheduleAsync(key, task, caller.ApplicationId, caller.UserId, cancellationToken)
            ?? throw new CommandRefusedException(
                ErrorCode.ResourceAlreadyExists,
                "This Idempotency-Key made another task less than 24 hours ago. Use a new key for a new task.");
    }

    private async Task<TaskRecord> LookAsync(TaskId id, bool withInput, CancellationToken cancellationToken) =>
        (await tasks.LookAsync([id], withInput, cancellationToken)).GetValueOrDefault(id) ?? throw Unknown(id);

    private static CommandRefusedException Unknown(TaskId id) => new(ErrorCode.ResourceUnknown, $"There is no task '{id}'.");
}
