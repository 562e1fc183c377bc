using System.Globalization;
using TasksBus.Schedules;
using Xunit;
using static TasksBus.UnitTests.Schedules.RecurrenceTests;

namespace TasksBus.UnitTests.Schedules;

/// <summary>Cron expressions where clocks are put forward or back, in every zone.</summary>
public class ClockChangeTests
{
    private const long Day = 86_400;
    private const int Quarter = 15 * 60;

    /// <summary>TASKSBUS_ALL_CLOCK_CHANGES=1: every change of every zone, which takes minutes; otherwise two of each zone.</summary>
    private static readonly bool s_isWhole = Environment.GetEnvironmentVariable("TASKSBUS_ALL_CLOCK_CHANGES") == "1";

    [Fact]
    public void Every_zone_ticks_at_its_changes_as_its_file_says()
    {
        var (from, until) = (0, DateTimeOffset.Parse("2038-01-01T00:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds());
        var zones = TzifFile.All().DistinctBy(static zone => Convert.ToBase64String(zone.Content)).ToList();
        Assert.True(zones.Count > 300, "The time zones of this machine are not found: install tzdata.");

        var count = 0;
        foreach (var (name, content) in zones)
        {
            // .NET stores whole minutes only.
            var changes = TzifFile.ChangesIn(content)
                .Where(change => change.At >= from && change.At < until && change.Before % 60 == 0 && change.After % 60 == 0).ToList();
            foreach (var change in s_isWhole ? changes : SampleOf(changes))
            {
                Check(name, change);
                count++;
            }
        }

        Assert.True(count > zones.Count / 2, $"{count} changes");
    }

    [Fact]
    public void Every_zone_of_this_machine_is_known_by_each_of_its_names() =>
        Assert.All(TzifFile.All(), static zone => Assert.Equal(zone.Name, CronText.Zone(zone.Name).Id));

    [Theory]
    // Here summer time is the standard time, and winter has the offset.
    [InlineData("Europe/Dublin", "0 1 28 3 *", "2027-01-01T00:00:00Z", "2027-03-28T01:00:00Z")]
    [InlineData("Europe/Dublin", "0 * * * *", "2027-03-28T00:00:01Z", "2027-03-28T01:00:00Z")]
    [InlineData("Europe/Dublin", "30 1 * * *", "2050-03-27T00:00:01Z", "2050-03-27T01:00:00Z")]
    [InlineData("Africa/Casablanca", "30 2 * * *", "2027-03-14T00:00:00Z", "2027-03-14T02:00:00Z")]
    // A schedule that starts at the leap starts with the tick of the leap.
    [InlineData("Europe/Brussels", "0 2 * * 0", "2027-03-28T01:00:00Z", "2027-03-28T01:00:00Z")]
    [InlineData("Europe/Brussels", "45 2 * * 0", "2027-03-28T00:59:59.5Z", "2027-03-28T01:00:00Z")]
    [InlineData("Europe/Brussels", "0 2 * * 0", "2027-03-28T01:00:00.000001Z", "2027-04-04T00:00:00Z")]
    // This day never was, because Samoa crossed the date line.
    [InlineData("Pacific/Apia", "0 12 30 12 *", "2011-12-01T00:00:00Z", "2011-12-30T10:00:00Z")]
    [InlineData("Pacific/Apia", "0 12 * * *", "2011-12-29T22:00:01Z", "2011-12-30T10:00:00Z")]
    public void A_time_that_is_leapt_over_comes_right_after_the_leap(string zone, string cron, string start, string first)
    {
        var ticks = Recurrence.Cron(At(start), cron, zone);

        Assert.Equal(At(first), ticks.FirstFrom(At(start)));
        Assert.Equal(At(first), ticks.LastUntil(At(first)));
        Assert.True(ticks.FirstFrom(At(first) + 1) > At(first));
    }

    [Theory]
    [InlineData("Europe/Brussels", "2027-10-31T00:00:00Z")]
    [InlineData("Europe/Dublin", "2027-10-31T00:00:00Z")]
    [InlineData("Africa/Casablanca", "2027-02-07T01:00:00Z")]
    public void In_the_hour_that_comes_twice_every_minute_ticks_twice_and_a_named_time_the_first_time(string zone, string hour)
    {
        var from = At(hour);
        var (minutes, named) = (Recurrence.Cron(from, "* * * * *", zone), Recurrence.Cron(
            from - Seconds(Day), $"30 {(zone == "Europe/Dublin" ? 1 : 2)} * * *", zone));

        for (var minute = 0; minute < 240; minute++)
        {
            Assert.Equal(from + Seconds(minute * 60), minutes.FirstFrom(from + Seconds(minute * 60 - 59)));
            Assert.Equal(from + Seconds(minute * 60), minutes.LastUntil(from + Seconds(minute * 60 + 59)));
        }

        Assert.Equal(from + Seconds(30 * 60), named.FirstFrom(from));
        Assert.Equal(from + Seconds(30 * 60 + Day + 3_600), named.FirstFrom(from + Seconds(30 * 60 + 1)));
    }

    [Theory]
    [InlineData("2025-01-01T00:00:00Z", "0 1 * * SUN", 100)]
    [InlineData("1970-01-01T00:00:00Z", "0 1 * * SUN", 100)]
    [InlineData("1970-01-01T00:00:00Z", "0 1 29 2 *", 14)]
    [InlineData("1970-01-01T00:00:00Z", "30 0 1 4 *", 57)]
    public void A_start_long_ago_is_caught_up_with_over_all_changes_since(string start, string cron, int expected)
    {
        var (ticks, now) = (Recurrence.Cron(At(start), cron, "Europe/Dublin"), At("2026-12-01T12:00:00Z"));

        List<long> made = [];
        for (var next = ticks.FirstFrom(0); next <= now;)
        {
            (var at, next) = NextTick.Of(ticks, CatchUp.All, next.Value, now);
            made.Add(at!.Value);
        }

        Assert.Equal(expected, made.Count);
        Assert.Equal(made.Order().Distinct(), made);
    }

    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Asia/Tokyo")]
    [InlineData("UTC")]
    public void At_the_ends_of_time_a_zone_overflows_nothing(string zone)
    {
        var (first, last) = (At("0001-01-01T00:00:00Z"), At("9999-12-31T23:59:59Z"));
        var ticks = Recurrence.Cron(first, "0 12 * * *", zone);

        Assert.InRange(ticks.FirstFrom(first)!.Value, first, first + Seconds(2 * Day));
        Assert.InRange(ticks.LastUntil(last)!.Value, last - Seconds(2 * Day), last);
        for (var from = last - Seconds(2 * Day); ticks.FirstFrom(from) is { } tick; from = tick + 1)
        {
            Assert.InRange(tick, from, last);
        }

        Assert.Null(ticks.LastUntil(first - 1));
    }

    [Fact]
    public void A_schedule_that_skips_what_it_missed_still_ticks_at_the_leap()
    {
        var ticks = Recurrence.Cron(At("2027-01-01T00:00:00Z"), "0 2 * * *", "Europe/Brussels");
        var due = ticks.FirstFrom(At("2027-03-27T00:00:00Z"))!.Value;

        Assert.Equal(
            new NextTick(null, At("2027-03-28T01:00:00Z")), NextTick.Of(ticks, CatchUp.Skip, due, At("2027-03-28T00:59:59.999999Z")));
        Assert.Equal(new NextTick(null, At("2027-03-29T00:00:00Z")), NextTick.Of(ticks, CatchUp.Skip, due, At("2027-03-28T01:00:00Z")));
        Assert.Equal(
            new NextTick(At("2027-03-28T01:00:00Z"), At("2027-03-29T00:00:00Z")),
            NextTick.Of(ticks, CatchUp.Skip, At("2027-03-28T01:00:00Z"), At("2027-03-28T01:00:10Z")));
    }

    /// <summary>A change like those of today, where there is one, and an older one. They are the same in each run.</summary>
    private static IEnumerable<ClockChange> SampleOf(List<ClockChange> changes) =>
        changes.Count == 0 ? [] : changes.TakeLast(1).Append(changes[(int)(changes[^1].At / 3_600 % changes.Count)]).Distinct();

    /// <summary>Compares all ticks from a day before the change to a day after it, for times at each quarter of an hour.</summary>
    private static void Check(string zone, ClockChange change)
    {
        List<long> every = [];
        List<long>[] hourly = [[], [], [], []];
        for (var quarter = 0; quarter < Day / Quarter; quarter++)
        {
            var (hour, minute) = (quarter / 4, quarter % 4 * 15);
            Compare(zone, change, $"{minute} {hour} * * *", Expected(change, quarter * Quarter, isRepeating: false));
            var repeating = Expected(change, quarter * Quarter, isRepeating: true).ToList();
            every.AddRange(repeating);
            hourly[quarter % 4].AddRange(repeating);
        }

        Compare(zone, change, "*/15 * * * *", every);
        for (var i = 0; i < hourly.Length; i++)
        {
            Compare(zone, change, $"{i * 15} * * * *", hourly[i]);
        }
    }

    /// <summary>
    /// When the clocks show a time of day: once on each date, unless the change shows it twice or never.
    /// </summary>
    private static IEnumerable<long> Expected(ClockChange change, long timeOfDay, bool isRepeating)
    {
        for (var date = change.At / Day - 4; date <= change.At / Day + 4; date++)
        {
            var shown = date * Day + timeOfDay;
            var (before, after) = (shown - change.Before, shown - change.After);
            if (before < change.At)
            {
                yield return before;
            }

            if (after >= change.At && (isRepeating || before >= change.At))
            {
                yield return after;
            }

            if (before >= change.At && after < change.At)
            {
                yield return change.At;
            }
        }
    }

    private static void Compare(string zone, ClockChange change, string cron, IEnumerable<long> expected)
    {
        var (from, until) = (change.At - Day, change.At + Day);
        var ticks = Recurrence.Cron(long.MinValue / 2, cron, zone);
        List<long> found = [];
        for (var tick = ticks.FirstFrom(Seconds(from)); tick <= Seconds(until)
            && found.Count < 1_000; tick = ticks.FirstFrom(tick.Value + 1))
        {
            var back = ticks.LastUntil(tick.Value + Seconds(1));
            Assert.True(
                back == tick,
                $"{zone} {cron}: {Text(tick.Value)} is found forwards, backwards {(back is { } other ? Text(other) : "nothing")}");
            found.Add(tick.Value / Seconds(1));
        }

        var wanted = expected.Where(tick => tick >= from && tick <= until).Order().Distinct().ToList();
        Assert.True(wanted.SequenceEqual(found), $"""
            {zone}, change at {Text(Seconds(change.At))} from {change.Before} to {change.After}: {cron}
            expected {string.Join(' ', wanted.Select(static tick => Text(Seconds(tick))))}
            found    {string.Join(' ', found.Select(static tick => Text(Seconds(tick))))}
            """);
        // Everything that is found backwards is also found forwards.
        for (var i = 1; i < found.Count; i++)
        {
            Assert.Equal(Seconds(found[i - 1]), ticks.LastUntil(Seconds(found[i]) - 1));
        }
    }

    private static string Text(long microseconds) =>
        TasksBus.Storage.Microseconds.ToTime(microseconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
