namespace TasksBus.Storage;

/// <param name="Due">The schedules, with their content.</param>
/// <param name="Now">The time on the store's clock.</param>
/// <param name="NextAt">When the next of the other schedules is due. Null when there is none.</param>
public sealed record DueSchedules(IReadOnlyList<StoredSchedule> Due, long Now, long? NextAt);
