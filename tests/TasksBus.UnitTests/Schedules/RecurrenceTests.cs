using System.Globalization;
using TasksBus.Schedules;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Schedules;

public class RecurrenceTests
{
    private const long Day = 86_400;

    [Fact]
    public void An_interval_is_counted_in_UTC_from_its_start_whatever_the_clocks_do()
    {
        // Over both changes of the clocks in Europe and a leap day.
        var start = At("2023-10-01T06:30:00.123456Z");
        var ticks = Recurrence.Every(start, Day);

        for (var day = 0; day < 400; day++)
        {
            var tick = start + Seconds(day * Day);
            Assert.Equal(tick, ticks.FirstFrom(tick));
            Assert.Equal(tick + Seconds(Day), ticks.FirstFrom(tick + 1));
            Assert.Equal(tick, ticks.LastUntil(tick + Seconds(Day) - 1));
        }
    }

    [Fact]
    public void A_million_intervals_later_it_has_not_drifted()
    {
        var start = At("1970-01-01T00:00:00Z") + 7;
        var ticks = Recurrence.Every(start, 7);

        Assert.Equal(start + Seconds(7_000_000_007), ticks.FirstFrom(start + Seconds(7_000_000_001)));
        Assert.Equal(start + Seconds(7_000_000_000), ticks.LastUntil(start + Seconds(7_000_000_006)));
    }

    [Theory]
    [InlineData("9999-12-31T23:59:58Z", 1, "9999-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:58Z", 2, null)]
    [InlineData("9999-12-31T23:59:58Z", Recurrence.MaxInterval, null)]
    [InlineData("9999-12-31T23:59:59.999999Z", 1, null)]
    [InlineData("0001-01-01T00:00:00Z", Recurrence.MaxInterval, "0100-12-08T00:00:00Z")]
    public void At_the_ends_of_time_nothing_overflows(string start, long interval, string? second)
    {
        var from = At(start);
        var ticks = Recurrence.Every(from, interval);

        Assert.Equal(from, ticks.FirstFrom(long.MinValue));
        Assert.Equal(second is null ? null : At(second), ticks.FirstFrom(from + 1));
        Assert.Null(ticks.FirstFrom(long.MaxValue));
        Assert.Null(ticks.LastUntil(from - 1));
    }

    [Theory]
    // Clocks are put forward at 2:00 on 31 March 2024: 2:30 is leapt over, and comes right after the leap.
    [InlineData("30 2 * * *", "2024-03-30T12:00:00Z", "2024-03-31T01:00:00Z", "2024-04-01T00:30:00Z")]
    // Clocks are put back at 3:00 on 27 October 2024: 2:30 comes twice, and ticks the first time.
    [InlineData("30 2 * * *", "2024-10-26T12:00:00Z", "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z")]
    // A schedule that ticks at intervals ticks in both.
    [InlineData("*/30 * * * *", "2024-10-27T00:29:00Z", "2024-10-27T00:30:00Z", "2024-10-27T01:00:00Z")]
    [InlineData("*/30 * * * *", "2024-10-27T00:31:00Z", "2024-10-27T01:00:00Z", "2024-10-27T01:30:00Z")]
    // Eight in the morning stays eight in the morning.
    [InlineData("0 8 * * MON-FRI", "2024-03-29T12:00:00Z", "2024-04-01T06:00:00Z", "2024-04-02T06:00:00Z")]
    [InlineData("15 0 8 * * *", "2024-12-01T12:00:00Z", "2024-12-02T07:00:15Z", "2024-12-03T07:00:15Z")]
    public void A_cron_expression_follows_the_clocks_of_its_zone(string cron, string start, string first, string second)
    {
        var ticks = Recurrence.Cron(At(start), cron, "Europe/Brussels");

        Assert.Equal(At(first), ticks.FirstFrom(At(start)));
        Assert.Equal(At(second), ticks.FirstFrom(At(first) + 1));
        Assert.Equal(At(first), ticks.LastUntil(At(second) - 1));
        Assert.Equal(At(first), ticks.LastUntil(At(first)));
        Assert.Null(ticks.LastUntil(At(first) - 1));
    }

    [Theory]
    [InlineData("30 2 * * *", "Europe/Brussels")]
    [InlineData("*/20 1-3 * * *", "America/New_York")]
    [InlineData("0 0 29 2 *", "UTC")]
    [InlineData("*/7 * * 3,10 *", "Australia/Lord_Howe")]
    [InlineData("30 15 10 L * *", "Asia/Kolkata")]
    public void Forwards_and_backwards_the_ticks_are_the_same(string cron, string zone)
    {
        var ticks = Recurrence.Cron(At("2023-01-01T00:00:00Z"), cron, zone);

        var (tick, count) = (ticks.FirstFrom(0), 0);
        while (count < 2_000 && ticks.FirstFrom(tick!.Value + 1) is { } next)
        {
            Assert.True(next > tick);
            Assert.Equal(tick, ticks.LastUntil(next - 1));
            (tick, count) = (next, count + 1);
        }

        Assert.True(count > 10);
    }

    [Fact]
    public void A_start_between_two_seconds_is_not_gone_behind()
    {
        var start = At("2024-01-01T00:00:00Z") + 1;
        var ticks = Recurrence.Cron(start, "* * * * * *", null);

        Assert.Equal(start - 1 + Seconds(1), ticks.FirstFrom(0));
        Assert.Null(ticks.LastUntil(start));
    }

    internal static long At(string time) => Microseconds.Of(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture));

    internal static long Seconds(long seconds) => seconds * 1_000_000;
}
