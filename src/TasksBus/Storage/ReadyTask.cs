using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A task that is due and waits for a worker.</summary>
public readonly record struct ReadyTask(TaskId Id, Rank Rank);
