using TasksBus.Contracts;

namespace TasksBus.Client;

/// <summary>One page of a list of tasks.</summary>
/// <param name="Tasks">The tasks, in the order of the query.</param>
/// <param name="Total">How many the query finds in all. Null when it has <c>skipCount()</c>.</param>
/// <param name="Offset">How many come before the page.</param>
/// <param name="Limit">How many the page covers. The next page begins at the sum of offset and limit.</param>
public sealed record TaskList(IReadOnlyList<TaskSnapshot> Tasks, long? Total, long Offset, int Limit);
