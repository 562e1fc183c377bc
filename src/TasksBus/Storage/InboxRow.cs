using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A task, the cancel of one, or an event, that a service committed.</summary>
/// <param name="Position">The order in which rows were written. It is not the order in which they were committed.</param>
/// <param name="IsCancel">True for the cancel of the task. Then the rest is empty.</param>
/// <param name="Data">The input as the JSON text that was sent, or null.</param>
/// <param name="Priority">Null for the function's default.</param>
/// <param name="StartTimestamp">Null for the time at which the task is stored.</param>
public sealed record InboxRow(
    long Position, bool IsCancel, TaskId Id, string FunctionName, string? Data, long? Priority, DateTimeOffset? StartTimestamp,
    IReadOnlyList<string> Tags, string? Reference, string? Publisher)
{
    /// <summary>The type of an event, of which <see cref="Data"/> is the content. Null for a task.</summary>
    public string? EventType { get; init; }

    /// <summary>The task that raised the event. Null when no task did.</summary>
    public TaskId? RaisedByTaskId { get; init; }

    /// <summary>The trace to which the row belongs, as W3C <c>traceparent</c>. Null when there is none.</summary>
    public string? TraceParent { get; init; }
}
