namespace TasksBus.Dashboard.Parts;

/// <summary>What the browser says about the person before it.</summary>
/// <param name="Zone">The time zone in which times are shown.</param>
public sealed record Viewer(TimeZoneInfo Zone)
{
    public static Viewer InUtc { get; } = new(TimeZoneInfo.Utc);

    /// <param name="zone">The name of a time zone. This machine may not know it; UTC is used then.</param>
    public static Viewer Of(string? zone) =>
        zone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? new(found) : InUtc;

    public DateTimeOffset Local(DateTimeOffset time) => TimeZoneInfo.ConvertTime(time, Zone);

    /// <summary>The moment of a wall clock in the viewer's zone. A time that the clocks leap over is the one after the leap.</summary>
    public DateTimeOffset Moment(DateTime wall)
    {
        var time = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        return new(time, Zone.IsInvalidTime(time) ? Zone.BaseUtcOffset : Zone.GetUtcOffset(time));
    }
}
