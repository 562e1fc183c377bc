using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A running task and the worker that is gone.</summary>
public readonly record struct Orphan(TaskId TaskId, Guid WorkerId);
