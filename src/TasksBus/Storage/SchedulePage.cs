namespace TasksBus.Storage;

/// <param name="Total">How many schedules there are in all. Null when the query does not ask for it.</param>
/// <param name="Limit">Set when the page ends before its limit because its inputs would be too large: how many rows the page
/// covers.</param>
public sealed record SchedulePage(IReadOnlyList<StoredSchedule> Schedules, long? Total, int? Limit);
