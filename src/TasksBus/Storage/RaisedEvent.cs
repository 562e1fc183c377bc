using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Something that happened, as it is stored with the tasks that it triggered. It never changes.</summary>
/// <param name="CreatedAt">Microseconds since 1970 in UTC, on the store's clock.</param>
public sealed record RaisedEvent(TaskId Id, string Type, long CreatedAt)
{
    /// <summary>The content as the JSON text that was sent, or null.</summary>
    public string? Content { get; init; }

    /// <summary>The depth of the task that raised the event. Zero when no task did.</summary>
    public int Depth { get; init; }

    /// <summary>How many tasks the event triggered.</summary>
    public int TaskCount { get; init; }

    /// <summary>The task that raised the event. Null when no task did.</summary>
    public TaskId? RaisedByTaskId { get; init; }

    /// <summary>The user who raised the event: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The application that raised the event: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByApplicationId { get; init; }
}

/// <param name="Total">How many events there are in all. Null when the query does not ask for it.</param>
/// <param name="Limit">Set when the page ends before its limit because its contents would be too large: how many rows the page
/// covers.</param>
public sealed record EventPage(IReadOnlyList<RaisedEvent> Events, long? Total, int? Limit);
