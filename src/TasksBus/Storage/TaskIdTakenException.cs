using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A task that was to be stored together with others has a known id. None of them was stored.</summary>
public sealed class TaskIdTakenException(TaskId? id = null, Exception? inner = null)
    : Exception(id is { } taken ? $"The id {taken} is taken." : "The id of a task that was to be stored with others is taken.", inner);
