using TasksBus.Query;

namespace TasksBus.Triggers;

/// <summary>The properties that queries on triggers and on events may use.</summary>
public static class TriggerProperties
{
    /// <summary>The names and types of the properties of triggers.</summary>
    public static RqlSchema Triggers { get; } = new(
        new("id", RqlKind.Id),
        new("eventType", RqlKind.Text),
        new("name", RqlKind.Text),
        new("description", RqlKind.Text),
        new("tags", RqlKind.TextArray),
        // They can be selected. A query does not look into them.
        new("actions", RqlKind.Composed),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp));

    /// <summary>The names and types of the properties of events, which are in snake case as in answers.</summary>
    public static RqlSchema Events { get; } = new(
        new("id", RqlKind.Id),
        new("type", RqlKind.Text),
        new("content", RqlKind.Json),
        new("depth", RqlKind.Number),
        new("task_count", RqlKind.Number),
        new("raised_by_task_id", RqlKind.Id),
        new("created_by_application_id", RqlKind.Text),
        new("created_by_user_id", RqlKind.Text),
        new("creation_timestamp", RqlKind.Timestamp),
        new("update_timestamp", RqlKind.Timestamp));
}
