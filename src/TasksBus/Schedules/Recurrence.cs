using Cronos;
using TasksBus.Storage;

namespace TasksBus.Schedules;

/// <summary>
/// The ticks of a schedule, as microseconds since 1970. With an interval they come every so many seconds from the start, in UTC and so
/// without drift. With a cron expression they follow the wall clocks of its time zone.
/// </summary>
/// <remarks>
/// When those clocks are put forward, a tick that they leap over comes right after the leap. When they are put back, one hour comes twice.
/// An expression that names hours ticks only in the first of the two. An expression that ticks at intervals (<c>*</c>, a range or a step
/// among hours, minutes or seconds) ticks in both.
/// </remarks>
public sealed class Recurrence
{
    /// <summary>The longest interval in seconds: about a hundred years.</summary>
    public const long MaxInterval = 3_153_600_000;

    private const long Second = 1_000_000;

    private static readonly long s_end = Microseconds.Of(DateTimeOffset.MaxValue) - 1;

    private readonly long _start;
    private readonly long _interval;
    private readonly CronTicks? _cron;

    private Recurrence(long start, long interval, CronTicks? cron) => (_start, _interval, _cron) = (start, interval, cron);

    /// <param name="seconds">1 to <see cref="MaxInterval"/>.</param>
    public static Recurrence Every(long start, long seconds) => new(start, seconds * Second, null);

    /// <exception cref="CronFormatException">The text is not a cron expression. The message says why.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static Recurrence Cron(long start, string cron, string? timeZone) =>
        new(start, 0, new(CronText.Parse(cron), CronText.IsRepeating(cron), new(CronText.Zone(timeZone))));

    /// <exception cref="CronFormatException">The text is not a cron expression here, although it was one where it was stored.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know the zone.</exception>
    public static Recurrence Of(StoredSchedule schedule) =>
        schedule.Cron is { } cron ? Cron(schedule.StartAt, cron, schedule.TimeZone) : Every(schedule.StartAt, schedule.Interval!.Value);

    /// <summary>The first tick at or after that time. Null when there is none.</summary>
    public long? FirstFrom(long time)
    {
        var from = Math.Max(time, _start);
        if (from > s_end)
        {
            return null;
        }

        if (_cron is not null)
        {
            // The time is rounded up to whole seconds, because no tick is between two seconds.
            var first = _cron.First(-FloorToSeconds(-from)) * Second;
            return first < from ? throw new InvalidOperationException("The next tick would come before the last one.")
                : first <= s_end ? first
                : null;
        }

        var steps = (from - _start + _interval - 1) / _interval;
        var tick = _start + steps * _interval;
        return tick <= s_end ? tick : null;
    }

    /// <summary>The last tick at or before that time. Null when there is none.</summary>
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

        var tick = _cron.Last(FloorToSeconds(time)) * Second;
        return tick < _start ? null : tick;
    }

    private static long FloorToSeconds(long microseconds) => microseconds / Second - (microseconds % Second < 0 ? 1 : 0);
}
