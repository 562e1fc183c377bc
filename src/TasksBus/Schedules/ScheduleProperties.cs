using TasksBus.Query;

namespace TasksBus.Schedules;

/// <summary>The properties that a query on schedules may use.</summary>
public static class ScheduleProperties
{
    /// <summary>Their names and types.</summary>
    public static RqlSchema Schema { get; } = new(
        new("id", RqlKind.Id),
        new("interval", RqlKind.Number),
        new("cron", RqlKind.Text),
        new("timeZone", RqlKind.Text),
        new("functionName", RqlKind.Text),
        new("data", RqlKind.Json),
        new("priority", RqlKind.Number),
        new("tags", RqlKind.TextArray),
        new("startTimestamp", RqlKind.Timestamp),
        new("nextTimestamp", RqlKind.Timestamp),
        new("catchUp", RqlKind.Text) { Values = CatchUp.Names },
        new("overlap", RqlKind.Text) { Values = Overlap.Names },
        new("paused", RqlKind.Boolean),
        new("pauseReason", RqlKind.Text),
        new("lastTaskId", RqlKind.Id),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp));
}
