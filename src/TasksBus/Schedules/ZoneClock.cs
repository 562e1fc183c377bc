namespace TasksBus.Schedules;

/// <summary>
/// The clocks of a time zone: how far they are ahead of UTC at an instant, and when they are put forward or back. Instants and clock times
/// are whole seconds since 1970, in UTC or as if the clocks showed UTC.
/// </summary>
/// <remarks>
/// Only the offset at an instant is taken from .NET, which is right for every zone. What .NET says of clock times (ambiguous, invalid,
/// daylight saving) is wrong in some zones: where summer time is the standard, as in Europe/Dublin, or where a zone's standard time itself
/// was changed.
/// </remarks>
internal sealed class ZoneClock(TimeZoneInfo zone)
{
    /// <summary>Longer than clocks were ever put back at once: 23 hours, across the date line.</summary>
    public const long LongestRepeat = 2 * Day;

    /// <summary>No zone's clocks change twice within this many seconds. The closest changes since 1970 are a week apart.</summary>
    private const long Day = 86_400;

    /// <summary>The first and the last time that have a date.</summary>
    public static readonly long First = SecondsOf(DateTime.MinValue), Last = SecondsOf(DateTime.MaxValue);

    /// <summary>How many seconds the clocks are ahead of UTC. .NET has whole minutes.</summary>
    public long OffsetAt(long instant) => (long)zone.GetUtcOffset(TimeOf(instant)).TotalSeconds;

    /// <summary>
    /// The first change of the clocks after <paramref name="after"/> and no later than <paramref name="until"/>: the first instant with the
    /// new offset.
    /// </summary>
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

    /// <summary>The last change of the clocks after <paramref name="after"/> and no later than <paramref name="until"/>.</summary>
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

    /// <summary>
    /// When the clocks come to show the time of the instant, they have already shown every time before the returned one. Later times are
    /// shown for the first time.
    /// </summary>
    public long ShownBefore(long instant)
    {
        var shown = long.MinValue;
        var earliest = instant - LongestRepeat;
        for (var change = LastChange(earliest, instant); change is { } at; change = LastChange(earliest, at - 1))
        {
            // Just before a change the clocks show the second before this one.
            shown = Math.Max(shown, at + OffsetAt(at - 1));
        }

        return shown;
    }

    public static long SecondsOf(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;

    /// <summary>The time as a date. Times beyond all dates become the first or the last of them.</summary>
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
