namespace TasksBus.Storage;

/// <param name="Total">How many there are in all; null where the query does not want to know.</param>
/// <param name="Limit">Set where the page ends before its limit, because its inputs would be too large: how many the page has gone through.</param>
public sealed record SchedulePage(IReadOnlyList<StoredSchedule> Schedules, long? Total, int? Limit);
