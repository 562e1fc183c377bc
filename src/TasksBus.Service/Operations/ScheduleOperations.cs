using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// What a caller does with schedules, over HTTP or in the dashboard. Each operation checks the caller's permission, and throws
/// <see cref="CommandRefusedException"/> when it is missing, or when there is no such schedule.
/// </summary>
public sealed class ScheduleOperations(ScheduleBook book)
{
    /// <summary>The schedules that a query finds, how many there are in all, and where the page ends if that is before its limit.</summary>
    public Task<(IReadOnlyList<Schedule> Page, long? Total, int? Limit)> ListAsync(
        Caller caller, RqlQuery query, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTaskSchedules);
        return book.FindAsync(query, cancellationToken);
    }

    /// <summary>Pauses a schedule: it makes no tasks until it is resumed.</summary>
    public async Task PauseAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.CreateTaskSchedule);
        RequireFound(await book.PauseAsync(id), id);
    }

    /// <summary>Resumes a schedule with its first tick from now on.</summary>
    /// <exception cref="CommandRefusedException">Its ticks cannot be computed.</exception>
    public async Task ResumeAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.CreateTaskSchedule);
        RequireFound(await book.ResumeAsync(id), id);
    }

    /// <summary>Makes a task like those of a schedule's ticks, which starts now. The ticks go on as they would.</summary>
    /// <returns>The task.</returns>
    /// <exception cref="CommandRefusedException">The schedule's function may not run here.</exception>
    /// <exception cref="IntakeFullException">Too much waits to be stored.</exception>
    public async Task<TaskRecord> RunAsync(Caller caller, TaskId id, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.CreateTaskSchedule);
        TaskRecord? task;
        try
        {
            task = await book.RunAsync(id, caller.ApplicationId, caller.UserId, cancellationToken);
        }
        catch (CommandRefusedException refused) when (!caller.May(Permissions.ViewTaskSchedules))
        {
            // The original reason names the function.
            throw new CommandRefusedException(
                refused.Refusal.Code, "The schedule's function is not registered here any more, so it cannot be run.");
        }

        RequireFound(task is not null, id);
        return task!;
    }

    /// <summary>Deletes a schedule. The tasks that it has made stay.</summary>
    public async Task DeleteAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.DeleteTaskSchedule);
        RequireFound(await book.DeleteAsync(id), id);
    }

    private static void RequireFound(bool isFound, TaskId id)
    {
        if (!isFound)
        {
            throw new CommandRefusedException(ErrorCode.ResourceUnknown, $"There is no schedule '{id}'.");
        }
    }
}
