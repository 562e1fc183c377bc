namespace TasksBus.Storage;

/// <summary>Times as whole microseconds since 1970, rounded up, so that a start time is never stored earlier than requested.</summary>
public static class Microseconds
{
    public static long Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var (whole, rest) = Math.DivRem(ticks, TimeSpan.TicksPerMicrosecond);
        return rest > 0 ? whole + 1 : whole;
    }

    public static long Of(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>
    /// How long until that time. Zero when it has passed. At most a day, which is long enough before asking again. Null means never.
    /// </summary>
    public static TimeSpan? Until(long? then, long now) =>
        then is { } time ? TimeSpan.FromMicroseconds(Math.Clamp(time - now, 0, Of(TimeSpan.FromDays(1)))) : null;

    public static DateTimeOffset ToTime(long microseconds) =>
        new(
            Math.Min(DateTimeOffset.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, DateTimeOffset.MaxValue.Ticks),
            TimeSpan.Zero);
}
