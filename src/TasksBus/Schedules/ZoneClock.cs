namespace TasksBus.Schedules;

/// <summary>
/// What the clocks of a time zone show: how far they are ahead of UTC at an instant, and when they are put forward or back. Instants and clock times are
/// whole seconds, counted from 1970 in UTC, or as if the clocks were UTC's.
/// </summary>
/// <remarks>
/// Only the offset at an instant is asked of .NET, which has it right for every zone. What it says of clock times (ambiguous, invalid, daylight saving) is not: where
/// the summer time is the standard, as in Europe/Dublin, or where a zone's standard time itself was changed.
/// </remarks>
internal sealed class ZoneClock(TimeZoneInfo zone)
{
    /// <summary>Longer than clocks were ever put back by at once: 23 hours, over the date line.</summary>
    public const long LongestRepeat = 2 * Day;

    /// <summary>No zone's clocks change twice within so many seconds: the closest changes since 1970 are a week apart.</summary>
    private const long Day = 86_400;

    /// <summary>The first time that has a date, and the last one.</summary>
    public static readonly long First = SecondsOf(DateTime.MinValue), Last = SecondsOf(DateTime.MaxValue);

    /// <summary>How many seconds the clocks are ahead of UTC. .NET keeps whole minutes.</summary>
    public long OffsetAt(long instant) => (long)zone.GetUtcOffset(TimeOf(instant)).TotalSeconds;

    /// <summary>The first change of the clocks behind <paramref name="after"/>, at <paramref name="until"/> at the latest: the first instant with the new offset.</summary>
    public long? FirstChange(long after, long until)
    {
        for (var low = after; low < until;)
        {
            var high = Math.Min(low + Day, until);
            if (OffsetAt(high) != OffsetAt(low))
            {
                return ChangeBetween(low, high);
            }

            low = high;
        }

        return null;
    }

    /// <summary>The last change of the clocks behind <paramref name="after"/>, at <paramref name="until"/> at the latest.</summary>
    public long? LastChange(long after, long until)
    {
        for (var high = until; high > after;)
        {
            var low = Math.Max(high - Day, after);
            if (OffsetAt(high) != OffsetAt(low))
            {
                return ChangeBetween(low, high);
            }

            high = low;
        }

        return null;
    }

    /// <summary>The clocks have shown every time before this one when they come to show that of the instant; what is later is shown for the first time.</summary>
    public long ShownBefore(long instant)
    {
        var shown = long.MinValue;
        for (var change = LastChange(instant - LongestRepeat, instant); change is { } at; change = LastChange(instant - LongestRepeat, at - 1))
        {
            // Just before a change the clocks show the second before this.
            shown = Math.Max(shown, at + OffsetAt(at - 1));
        }

        return shown;
    }

    public static long SecondsOf(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;

    /// <summary>As a date; what lies beyond all dates is the first of them, or the last.</summary>
    public static DateTime TimeOf(long seconds) => DateTime.UnixEpoch.AddTicks(Math.Clamp(seconds, First, Last) * TimeSpan.TicksPerSecond);

    private long ChangeBetween(long low, long high)
    {
        for (var before = OffsetAt(low); high - low > 1;)
        {
            var middle = low + (high - low) / 2;
            (low, high) = OffsetAt(middle) == before ? (middle, high) : (low, middle);
        }

        return high;
    }
}
