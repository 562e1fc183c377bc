using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The schedules as the leader lets them tick.</summary>
public interface IScheduleTicks
{
    /// <summary>The schedules whose tick is due, the longest due first.</summary>
    /// <param name="except">Schedules that are left out.</param>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<DueSchedules> DueSchedulesAsync(long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken);

    /// <summary>Moves a schedule on past a tick that makes no task, unless it was changed meanwhile or the epoch is over.</summary>
    /// <returns>True when it was moved on.</returns>
    Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken);
}
