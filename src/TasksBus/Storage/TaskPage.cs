namespace TasksBus.Storage;

/// <param name="Total">How many there are in all; null where the query skips the count.</param>
/// <param name="Limit">Set where the page ends before its limit, because its inputs would be too large: how many the page has gone through.</param>
public sealed record TaskPage(IReadOnlyList<TaskRecord> Tasks, long? Total, int? Limit = null);
