using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.Schedules;

/// <summary>Schedules, which their owners create, read and change. The leader's <see cref="Dispatch.Ticker"/> makes their tasks.</summary>
public sealed class ScheduleBook(
    IScheduleStore schedules, IStoreClock clock, TaskIntake intake, IOptions<TasksBusOptions> options, Signals signals)
{
    private const long Millisecond = 1_000;

    /// <summary>Stores a schedule that is valid by the rules.</summary>
    /// <param name="applicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <returns>The stored schedule.</returns>
    /// <exception cref="CommandRefusedException">
    /// The schedule can never tick, or only registered functions may run and the schedule's function is not registered.
    /// </exception>
    public async Task<Schedule> CreateAsync(NewSchedule wanted, string? applicationId, string? userId)
    {
        await intake.RequireKnownAsync(wanted.Task);
        var task = wanted.Task;
        var now = await clock.MicrosecondsAsync();
        StoredSchedule row = new()
        {
            Id = TaskId.New(),
            Interval = wanted.Interval,
            Cron = wanted.Cron,
            TimeZone = wanted.Cron is null ? null : wanted.TimeZone ?? "UTC",
            // The time is rounded down to the shown precision, so that start and ticks are as they are shown.
            StartAt = task.StartTimestamp is { } start ? Microseconds.Of(start) : now - now % Millisecond,
            CatchUp = wanted.CatchUp ?? CatchUp.One,
            Overlap = wanted.Overlap ?? Overlap.Allow,
            FunctionName = task.FunctionName,
            OnlyRegistered = options.Value.OnlyRegisteredFunctions,
            Data = task.Data?.GetRawText(),
            Priority = task.Priority,
            Tags = task.Tags ?? [],
            CreatedByApplicationId = applicationId,
            CreatedByUserId = userId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var (first, fault) = NextTick.TryFirst(row, row.StartAt);
        row = row with { NextAt = first };
        row = row with { NextAt = NextTick.Shown(row, now) };
        if (fault is not null)
        {
            throw new CommandRefusedException(ErrorCode.FieldFormat, $"{fault} Change cron or timeZone.");
        }

        if (row.NextAt is null)
        {
            throw new CommandRefusedException(ErrorCode.FieldFormat,
                "The schedule would never tick: no time that it names comes after its start. Change cron or startTimestamp.");
        }

        await schedules.AddAsync(row);
        signals.SchedulesChanged();
        return new(row, row.NextAt);
    }

    /// <summary>
    /// The schedules that a query finds, how many there are in all (null when the query does not ask for it), and where the page ends if
    /// that is before its limit.
    /// </summary>
    public async Task<(IReadOnlyList<Schedule> Page, long? Total, int? Limit)> FindAsync(
        RqlQuery query, CancellationToken cancellationToken)
    {
        var (rows, total, limit) = await schedules.FindAsync(query, cancellationToken);
        var now = rows.Any(static row => row.NextAt is not null) ? await clock.MicrosecondsAsync() : 0;
        return ([.. rows.Select(row => new Schedule(row, NextTick.Shown(row, now)))], total, limit);
    }

    /// <summary>
    /// Makes a task like those of a schedule's ticks, which starts now. The ticks go on as they would, also if the schedule is paused.
    /// </summary>
    /// <param name="applicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <returns>The task. Null when there is no such schedule.</returns>
    /// <exception cref="CommandRefusedException">Only registered functions may run, and the schedule's function is not
    /// registered.</exception>
    public async Task<TaskRecord?> RunAsync(TaskId id, string? applicationId, string? userId, CancellationToken cancellationToken) =>
        await schedules.FindAsync(id) is { } row
            ? await intake.ScheduleAsync(TaskId.New(), row.ToTask(), applicationId, userId, cancellationToken) : null;

    /// <summary>Deletes a schedule. The tasks that it has made stay. After this returns, it makes no other task.</summary>
    /// <returns>True when there was one.</returns>
    public Task<bool> DeleteAsync(TaskId id) => schedules.DeleteAsync(id);

    /// <summary>Pauses a schedule: it makes no tasks until it is resumed.</summary>
    /// <returns>True when there is one.</returns>
    public async Task<bool> PauseAsync(TaskId id)
    {
        while (await schedules.FindAsync(id) is { } row)
        {
            // The schedule may tick between the two calls. Then it is read again.
            if (row.IsPaused || await schedules.PauseAsync(row, isPaused: true, null, await clock.MicrosecondsAsync()))
            {
                signals.SchedulesChanged();
                return true;
            }
        }

        return false;
    }

    /// <summary>Resumes a schedule with its first tick from now on. The ticks in between are not made up for.</summary>
    /// <returns>True when there is one.</returns>
    /// <exception cref="CommandRefusedException">Its ticks cannot be computed.</exception>
    public async Task<bool> ResumeAsync(TaskId id)
    {
        while (await schedules.FindAsync(id) is { } row)
        {
            var now = await clock.MicrosecondsAsync();
            if (!row.IsPaused || await schedules.PauseAsync(row, isPaused: false, FirstFrom(row, now), now))
            {
                signals.SchedulesChanged();
                return true;
            }
        }

        return false;
    }

    private static long? FirstFrom(StoredSchedule row, long now) => NextTick.TryFirst(row, now) switch
    {
        (_, { } fault) => throw new CommandRefusedException(
            ErrorCode.IllegalState, $"{fault} Make the schedule anew, with another cron or timeZone, and delete this one."),
        (var tick, _) => tick,
    };
}
