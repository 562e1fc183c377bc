namespace TasksBus.Storage;

/// <param name="Total">How many tasks there are in all. Null when the query skips the count.</param>
/// <param name="Limit">Set when the page ends before its limit because its inputs would be too large: how many rows the page
/// covers.</param>
public sealed record TaskPage(IReadOnlyList<TaskRecord> Tasks, long? Total, int? Limit = null);
