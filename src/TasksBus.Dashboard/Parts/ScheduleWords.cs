using System.Globalization;
using Cronos;
using TasksBus.Schedules;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Parts;

/// <summary>When a schedule ticks, for people.</summary>
internal static class ScheduleWords
{
    private const int TicksShown = 3;

    public static string TicksOf(StoredSchedule schedule) =>
        schedule.Cron is { } cron ? $"{cron} ({schedule.TimeZone})"
        : $"every {(schedule.Interval is { } seconds && seconds < 60
            ? $"{seconds.ToString(CultureInfo.InvariantCulture)} s" : Words.Duration(TimeSpan.FromSeconds(schedule.Interval ?? 0)))}";

    /// <summary>The next ticks, at most three.</summary>
    public static IEnumerable<DateTimeOffset> NextOf(Schedule schedule)
    {
        if (schedule.NextAt is not { } next)
        {
            return [];
        }

        List<DateTimeOffset> ticks = [Microseconds.ToTime(next)];
        try
        {
            var recurrence = Recurrence.Of(schedule.Row);
            while (ticks.Count < TicksShown && recurrence.FirstFrom(next + 1) is { } later)
            {
                ticks.Add(Microseconds.ToTime(next = later));
            }
        }
        catch (Exception exception) when (exception is CronFormatException or TimeZoneNotFoundException or InvalidOperationException)
        {
            // Another process accepted it, and this one cannot compute its ticks. The leader pauses it, and says why.
        }

        return ticks;
    }
}
