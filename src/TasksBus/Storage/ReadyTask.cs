using TasksBus.Contracts;

namespace TasksBus.Storage;

public readonly record struct ReadyTask(TaskId Id, Rank Rank);
