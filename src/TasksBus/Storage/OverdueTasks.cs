namespace TasksBus.Storage;

/// <param name="Now">The time on the store's clock.</param>
public sealed record OverdueTasks(long Now, IReadOnlyList<RunningTask> Tasks);
