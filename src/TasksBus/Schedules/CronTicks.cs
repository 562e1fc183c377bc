using Cronos;

namespace TasksBus.Schedules;

/// <summary>
/// Finds when a cron expression ticks by the clocks of a zone. The expression names clock times, and this class finds the instants at which
/// the clocks show them. Instants and clock times are in seconds, as in <see cref="ZoneClock"/>.
/// </summary>
/// <param name="isRepeating">True when it ticks at intervals, and therefore in both of two hours that show the same times.</param>
internal sealed class CronTicks(CronExpression expression, bool isRepeating, ZoneClock clock)
{
    /// <summary>The first tick at or after the instant. Null when there is none.</summary>
    public long? First(long from)
    {
        var (at, offset, shown) = (from, clock.OffsetAt(from), clock.ShownBefore(from));
        if (IsTickOfLeap(at))
        {
            return at;
        }

        while (NextNamed(isRepeating ? at + offset : Math.Max(at + offset, shown)) is { } named)
        {
            if (clock.FirstChange(at, named - offset) is not { } change)
            {
                return named - offset;
            }

            var changed = clock.OffsetAt(change);
            if (named < change + changed)
            {
                // The clocks leap over the tick.
                return change;
            }

            (at, offset, shown) = (change, changed, Math.Max(shown, change + offset));
        }

        return null;
    }

    /// <summary>The last tick at or before the instant. Null when there is none.</summary>
    public long? Last(long until)
    {
        var at = until;
        while (true)
        {
            var offset = clock.OffsetAt(at);
            if (PreviousNamed(at + offset) is not { } named)
            {
                return null;
            }

            var found = named - offset;
            var change = clock.LastChange(found, at);
            if (change is null && !isRepeating && named < clock.ShownBefore(found))
            {
                // The time was shown before, and the schedule ticked then.
                change = clock.LastChange(found - ZoneClock.LongestRepeat, found);
            }

            if (change is not { } since)
            {
                return found;
            }

            if (IsTickOfLeap(since))
            {
                return since;
            }

            at = since - 1;
        }
    }

    /// <summary>Returns true when the clocks are put forward at that instant over a time that the expression names.</summary>
    private bool IsTickOfLeap(long instant)
    {
        var (before, offset) = (clock.OffsetAt(instant - 1), clock.OffsetAt(instant));
        return before < offset && NextNamed(Math.Max(instant + before, clock.ShownBefore(instant - 1))) < instant + offset;
    }

    private long? NextNamed(long time)
    {
        var named = time <= ZoneClock.Last ? Named(expression.GetNextOccurrence(ZoneClock.TimeOf(time), inclusive: true)) : null;
        return named < time ? throw Astray(time, named.Value) : named;
    }

    private long? PreviousNamed(long time)
    {
        var named = time >= ZoneClock.First ? Named(expression.GetPreviousOccurrence(ZoneClock.TimeOf(time), inclusive: true)) : null;
        return named > time ? throw Astray(time, named.Value) : named;
    }

    private static long? Named(DateTime? time) => time is { } named ? ZoneClock.SecondsOf(named) : null;

    /// <summary>Without this check the search for the next tick would never end.</summary>
    private static InvalidOperationException Astray(long asked, long answered) =>
        new(
            $"Cron expressions are computed wrongly here: asked from {ZoneClock.TimeOf(asked):s} on, the answer was "
                + $"{ZoneClock.TimeOf(answered):s}.");
}
