using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A running task, with times on the store's clock.</summary>
public readonly record struct RunningTask(TaskId Id, long ClaimedAt, long DeadlineAt);
