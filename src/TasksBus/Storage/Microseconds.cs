namespace TasksBus.Storage;

/// <summary>Times as whole microseconds since 1970, rounded up, so that a start time is never stored earlier than requested.</summary>
public static class Microseconds
{
    /// <summary>Microseconds since 1970 in UTC, rounded up.</summary>
    public static long Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var (whole, rest) = Math.DivRem(ticks, TimeSpan.TicksPerMicrosecond);
        return rest > 0 ? whole + 1 : whole;
    }

    /// <summary>The length in microseconds, cut off to whole ones.</summary>
    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>
    /// How long until that time. Zero when it has passed. At most a day, which is long enough before asking again. Null means never.
    /// </summary>
    public static TimeSpan? Until(long? then, long now) =>
        then is { } time ? TimeSpan.FromMicroseconds(Math.Clamp(time - now, 0, Of(TimeSpan.FromDays(1)))) : null;

    /// <summary>The time in UTC. Times after the last one that .NET knows become that one.</summary>
    public static DateTimeOffset ToTime(long microseconds) =>
        new(
            Math.Min(DateTimeOffset.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, DateTimeOffset.MaxValue.Ticks),
            TimeSpan.Zero);

    /// <summary>The earlier of two times, or the one that there is.</summary>
    public static DateTimeOffset? Earlier(long? one, long? other) =>
        (one < other ? one : other ?? one) is { } earlier ? ToTime(earlier) : null;
}
