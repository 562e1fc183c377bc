using Cronos;
using TasksBus.Storage;
using TasksBus.Storage.Model;

namespace TasksBus.Schedules;

/// <summary>
/// The ticks of a schedule, as microseconds since 1970: every so many seconds from its start, in UTC and so without drift; or where a cron
/// expression says, by the wall clocks of its time zone.
/// </summary>
/// <remarks>
/// When those clocks are put forward, a tick that they leap over comes right after the leap. When they are put back, an expression that names hours ticks
/// once in the hour that comes twice, the first time; one that ticks every so often (<c>*</c>, a range or a step among hours or minutes) ticks in both.
/// </remarks>
public sealed class Recurrence
{
    /// <summary>From tick to tick at most, in seconds: about a hundred years.</summary>
    public const long MaxInterval = 3_153_600_000;

    private static readonly long s_end = Microseconds.Of(DateTimeOffset.MaxValue) - 1;

    private readonly long _start;
    private readonly long _interval;
    private readonly CronExpression? _cron;
    private readonly TimeZoneInfo _zone;

    private Recurrence(long start, long interval, CronExpression? cron, TimeZoneInfo zone) => (_start, _interval, _cron, _zone) = (start, interval, cron, zone);

    /// <param name="seconds">1 to <see cref="MaxInterval"/>.</param>
    public static Recurrence Every(long start, long seconds) => new(start, seconds * Microseconds.Of(TimeSpan.FromSeconds(1)), null, TimeZoneInfo.Utc);

    /// <exception cref="CronFormatException">The expression is none; the message says why.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static Recurrence Cron(long start, string cron, string? timeZone) => new(start, 0, CronText.Parse(cron), CronText.Zone(timeZone));

    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static Recurrence Of(ScheduleRow schedule) =>
        schedule.Cron is { } cron ? Cron(schedule.StartAt, cron, schedule.TimeZone) : Every(schedule.StartAt, schedule.Interval!.Value);

    /// <summary>The first tick at that time or later; null where there is none.</summary>
    public long? FirstFrom(long time)
    {
        var from = Math.Max(time, _start);
        if (from > s_end)
        {
            return null;
        }

        if (_cron is not null)
        {
            return OfTime(_cron.GetNextOccurrence(ToTime(from), _zone, inclusive: true));
        }

        var steps = (from - _start + _interval - 1) / _interval;
        var tick = _start + steps * _interval;
        return tick <= s_end ? tick : null;
    }

    /// <summary>The last tick at that time or earlier; null where there is none.</summary>
    public long? LastUntil(long time)
    {
        if (time < _start)
        {
            return null;
        }

        if (_cron is null)
        {
            return _start + (time - _start) / _interval * _interval;
        }

        // Looking back passes over what comes right after a leap of the clocks, so it only says from where to look ahead.
        var tick = OfTime(_cron.GetPreviousOccurrence(ToTime(time), _zone, inclusive: true)) ?? _start;
        long? last = null;
        for (var next = FirstFrom(tick); next <= time; next = FirstFrom(next.Value + 1))
        {
            last = next;
        }

        return last;
    }

    private static DateTime ToTime(long microseconds) => Microseconds.ToTime(microseconds).UtcDateTime;

    private static long? OfTime(DateTime? time) => time is { } found ? Microseconds.Of(new DateTimeOffset(found, TimeSpan.Zero)) : null;
}
