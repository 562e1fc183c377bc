using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Schedules;

/// <summary>
/// Makes the tasks of schedules. A tick's task is stored in the statement that moves its schedule on, under an id that derives from both.
/// So a tick makes one task, whatever crashes, and even if another process believes that it leads.
/// </summary>
internal sealed class Ticks(
    IScheduleTicks ticks, ITaskLoader loader, IScheduleStore schedules, TaskIntake intake, TimeProvider clock, ILogger<Ticks> logger)
{
    /// <summary>How many schedules are handled together. Each moves on by one tick.</summary>
    public const int AtOnce = 32;

    /// <summary>How long a schedule that failed is left alone, so that it delays no other.</summary>
    private static readonly TimeSpan s_aside = TimeSpan.FromSeconds(10);

    private readonly SetAside _failed = new(clock, s_aside);

    /// <summary>Makes the tasks of everything that is due now, the longest due first.</summary>
    /// <returns>How long nothing else is due. Zero when something may be due. Null when nothing is known to come.</returns>
    /// <exception cref="LeadershipLostException">Another process leads.</exception>
    public async Task<TimeSpan?> MakeDueAsync(long epoch, CancellationToken cancellationToken)
    {
        _failed.Release();
        var asked = clock.GetTimestamp();
        var (due, now, nextAt) = await ticks.DueSchedulesAsync(epoch, _failed.Ids, AtOnce, cancellationToken);
        var steps = await Task.WhenAll(due.Select(schedule => TryTickAsync(schedule, now, epoch, cancellationToken)));
        // A schedule that could not be moved on was changed meanwhile, or another process leads. The next look will tell.
        var wait = due.Count == AtOnce || steps.Any(static step => !step.IsTaken) ? TimeSpan.Zero
            : Microseconds.Until(steps.Select(static step => step.Next).Append(nextAt).Min(), now) - clock.GetElapsedTime(asked);
        wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        return _failed.Ids.Count > 0 && !(wait < s_aside) ? s_aside : wait;
    }

    /// <returns>Whether the schedule was moved on or set aside, and when it is due again, if that is known.</returns>
    private async Task<(bool IsTaken, long? Next)> TryTickAsync(
        StoredSchedule schedule, long now, long epoch, CancellationToken cancellationToken)
    {
        var id = schedule.Id;
        try
        {
            var ((at, next), fault) = NextTick.TryOf(schedule, now);
            if (fault is not null)
            {
                logger.SchedulePaused(id, fault);
                return (await schedules.PauseAsync(schedule, isPaused: true, null, now, fault), null);
            }

            ScheduleAdvance advance = new(id, schedule.Version, next, null, epoch);
            return (at is { } tick && !await OverlapsAsync(schedule, cancellationToken)
                ? await MakeAsync(schedule, tick, advance, cancellationToken)
                : await ticks.AdvanceScheduleAsync(advance, cancellationToken), next);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or OperationCanceledException))
        {
            _failed.Add(id);
            logger.TickFailed(id, exception);
            return (true, null);
        }
    }

    private async Task<bool> MakeAsync(StoredSchedule schedule, long tick, ScheduleAdvance advance, CancellationToken cancellationToken)
    {
        var task = schedule.ToTask() with
        {
            StartTimestamp = Microseconds.ToTime(tick),
            CreatedByApplicationId = schedule.CreatedByApplicationId,
            CreatedByUserId = schedule.CreatedByUserId,
        };
        using var span = TaskTraces.Tick(schedule.Id);
        try
        {
            return await intake.TickAsync(advance with { LastTaskId = TickId.Of(advance.ScheduleId, tick) }, task, schedule.OnlyRegistered);
        }
        catch (CommandRefusedException refused)
        {
            logger.TickRefused(advance.ScheduleId, refused.Refusal.Message);
            return await ticks.AdvanceScheduleAsync(advance, cancellationToken);
        }
    }

    /// <summary>
    /// Returns true when the task of the tick before has not ended, in a schedule whose ticks must not overlap. A retry is part of its
    /// task.
    /// </summary>
    private async Task<bool> OverlapsAsync(StoredSchedule schedule, CancellationToken cancellationToken)
    {
        var id = schedule.Overlap == Overlap.Skip ? schedule.LastTaskId : null;
        while (id is { } current)
        {
            var task = (await loader.LoadAsync([current], withInput: false, cancellationToken)).GetValueOrDefault(current);
            if (task?.Status is TaskStates.New or TaskStates.InProgress)
            {
                return true;
            }

            id = task?.RetriedByTaskId;
        }

        return false;
    }
}
