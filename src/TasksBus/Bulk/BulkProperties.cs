using TasksBus.Query;

namespace TasksBus.Bulk;

/// <summary>The properties that a query on bulk operations may use.</summary>
public static class BulkProperties
{
    /// <summary>Their names and types.</summary>
    public static RqlSchema Schema { get; } = new(
        new("id", RqlKind.Id),
        new("action", RqlKind.Text) { Values = BulkActions.All },
        new("query", RqlKind.Text),
        new("priority", RqlKind.Number),
        new("status", RqlKind.Text) { Values = BulkStates.All },
        new("matching", RqlKind.Number),
        new("affected", RqlKind.Number),
        new("skipped", RqlKind.Number),
        new("refused", RqlKind.Number),
        new("reason", RqlKind.Text),
        // It can be selected. It is computed, so a query does not compare it.
        new("progress", RqlKind.Composed),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp));
}
