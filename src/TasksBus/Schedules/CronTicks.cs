using Cronos;

namespace TasksBus.Schedules;

/// <summary>
/// When a cron expression ticks by the clocks of a zone. The expression names clock times; this finds the instants at which the clocks show them. Instants and
/// clock times are seconds, as in <see cref="ZoneClock"/>.
/// </summary>
/// <param name="isRepeating">Whether it ticks every so often, and so in both of two hours that show the same times.</param>
internal sealed class CronTicks(CronExpression expression, bool isRepeating, ZoneClock clock)
{
    /// <summary>The first tick at that instant or later; null where there is none.</summary>
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
                // The clocks leap over it.
                return change;
            }

            (at, offset, shown) = (change, changed, Math.Max(shown, change + offset));
        }

        return null;
    }

    /// <summary>The last tick at that instant or earlier; null where there is none.</summary>
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
                // It was shown before, and ticked then.
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

    /// <summary>Whether the clocks are put forward at that instant, over a time that the expression names.</summary>
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

    /// <summary>Whoever believed it would look for the next tick for ever.</summary>
    private static InvalidOperationException Astray(long asked, long answered) =>
        new($"Cron expressions are computed wrongly here: asked from {ZoneClock.TimeOf(asked):s} on, the answer was {ZoneClock.TimeOf(answered):s}.");
}
