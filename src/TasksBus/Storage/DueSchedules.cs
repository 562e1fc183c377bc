namespace TasksBus.Storage;

/// <param name="Due">The schedules, with their content.</param>
/// <param name="Now">The time on the store's clock.</param>
/// <param name="NextAt">When the next of the other schedules is due. Null when there is none.</param>
public sealed record DueSchedules(IReadOnlyList<StoredSchedule> Due, long Now, long? NextAt)
{
    /// <summary>What a look finds when no schedule is due.</summary>
    /// <param name="leads">True when the epoch of the one who looks is the leader's.</param>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    public static DueSchedules None(bool leads, long now, long? nextAt) =>
        leads ? new([], now, nextAt) : throw new LeadershipLostException("Another process leads.");
}
