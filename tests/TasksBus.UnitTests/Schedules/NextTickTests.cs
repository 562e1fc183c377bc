using TasksBus.Contracts;
using TasksBus.Schedules;
using Xunit;
using static TasksBus.UnitTests.Schedules.RecurrenceTests;

namespace TasksBus.UnitTests.Schedules;

public class NextTickTests
{
    private static readonly long s_start = At("2024-05-01T08:00:00Z");
    private static readonly Recurrence s_hourly = Recurrence.Every(s_start, 3_600);

    [Theory]
    [InlineData(CatchUp.Skip, 0)]
    [InlineData(CatchUp.One, 1)]
    [InlineData(CatchUp.All, 41)]
    public void After_forty_missed_intervals_the_policy_says_how_many_tasks_are_made(string policy, int expected)
    {
        var now = s_start + Hours(40) + Seconds(600);

        var made = Make(s_hourly, policy, s_start, now, out var next);

        Assert.Equal(expected, made.Count);
        Assert.Equal(s_start + Hours(41), next);
        // CatchUp.One makes the latest tick; CatchUp.All makes each, in order.
        Assert.Equal(Enumerable.Range(41 - expected, expected).Select(static hour => s_start + Hours(hour)), made);
    }

    [Fact]
    public void Not_more_than_the_latest_hundred_are_made_up_for()
    {
        var made = Make(s_hourly, CatchUp.All, s_start, s_start + Hours(1_000), out var next);

        Assert.Equal(Enumerable.Range(901, 100).Select(static hour => s_start + Hours(hour)), made);
        Assert.Equal(s_start + Hours(1_001), next);
    }

    [Theory]
    [InlineData(CatchUp.Skip)]
    [InlineData(CatchUp.One)]
    [InlineData(CatchUp.All)]
    public void Within_the_patience_every_tick_is_made(string policy)
    {
        var ticks = Recurrence.Every(s_start, 1);

        var made = Make(ticks, policy, s_start, s_start + Seconds(20), out var next);

        Assert.Equal(Enumerable.Range(0, 21).Select(static second => s_start + Seconds(second)), made);
        Assert.Equal(s_start + Seconds(21), next);
        Assert.Equal(
            policy switch { CatchUp.Skip => 0, CatchUp.One => 1, _ => 22 },
            Make(ticks, policy, s_start, s_start + Seconds(21), out _).Count);
    }

    [Theory]
    // This is the last of ten days. Two of its ticks are leapt over and make one, or each comes twice.
    [InlineData("2024-03-31T12:00:00Z", 9 * 2 + 1)]
    [InlineData("2024-10-27T12:00:00Z", 9 * 2 + 4)]
    public void Cron_ticks_are_made_up_for_in_the_same_way(string now, int expected)
    {
        var ticks = Recurrence.Cron(At("2024-01-01T00:00:00Z"), "*/30 2 * * *", "Europe/Brussels");
        var due = ticks.FirstFrom(At(now) - Hours(24 * 10))!.Value;

        var all = Make(ticks, CatchUp.All, due, At(now), out var next);

        Assert.Equal(expected, all.Count);
        Assert.Equal(all.Distinct(), all);
        Assert.Equal([all[^1]], Make(ticks, CatchUp.One, due, At(now), out var nextOfOne));
        Assert.Equal(next, nextOfOne);
    }

    [Theory]
    [InlineData(CatchUp.Skip, "2024-05-01T09:00:00Z")]
    [InlineData(CatchUp.One, "2024-05-01T08:00:00Z")]
    [InlineData(CatchUp.All, "2024-04-27T05:00:00Z")]
    public void A_start_in_1970_is_shown_with_the_tick_that_is_made_next(string policy, string next)
    {
        var ticks = Recurrence.Every(0, 3_600);

        Assert.Equal(At(next), NextTick.Shown(ticks, policy, ticks.FirstFrom(0), s_start + Seconds(1_800)));
    }

    [Fact]
    public void What_is_ahead_is_shown_as_it_is()
    {
        Assert.Equal(s_start + 1, NextTick.Shown(s_hourly, CatchUp.One, s_start + 1, s_start));
        Assert.Null(NextTick.Shown(s_hourly, CatchUp.One, null, s_start));
    }

    [Fact]
    public void The_last_tick_of_all_leaves_none()
    {
        var last = At("9999-12-31T23:59:59Z");
        var ticks = Recurrence.Every(last, 3_600);

        Assert.Equal(new NextTick(last, null), NextTick.Of(ticks, CatchUp.One, last, last));
    }

    [Fact]
    public void The_id_of_a_task_follows_from_schedule_and_tick_and_begins_with_the_seconds_of_the_tick()
    {
        var (one, other) = (TaskId.New(), TaskId.New());

        Assert.Equal(TickId.Of(one, s_start), TickId.Of(one, s_start));
        Assert.Equal(4, new[]
        {
            TickId.Of(one, s_start), TickId.Of(one, s_start + 1), TickId.Of(other, s_start), TickId.Of(other, s_start + 1),
        }.Distinct().Count());
        Assert.StartsWith((s_start / 1_000_000).ToString("x8", null), TickId.Of(one, s_start).ToString(), StringComparison.Ordinal);
    }

    private static long Hours(long hours) => Seconds(hours * 3_600);

    /// <summary>Makes what is due until nothing is, as the leader does.</summary>
    private static List<long> Make(Recurrence ticks, string policy, long due, long now, out long? next)
    {
        List<long> made = [];
        for (next = due; next <= now;)
        {
            (var at, next) = NextTick.Of(ticks, policy, next.Value, now);
            made.AddRange(at is { } tick ? [tick] : []);
        }

        return made;
    }
}
