namespace TasksBus.Storage;

/// <summary>The tasks of one function and one priority that are due or run.</summary>
/// <param name="Due">How many wait for a worker, among the next <see cref="IStatusReader.MostGrouped"/> of their pool.</param>
/// <param name="OldestDueAt">Since when the first of these waits. Null when none does.</param>
/// <param name="Running">How many run, among <see cref="IStatusReader.MostGrouped"/> that run.</param>
public sealed record BacklogGroup(string Pool, string FunctionName, long Priority, int Due, DateTimeOffset? OldestDueAt, int Running);
