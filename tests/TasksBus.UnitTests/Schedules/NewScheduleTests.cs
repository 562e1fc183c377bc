using TasksBus.Contracts;
using TasksBus.Schedules;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.UnitTests.Schedules;

public class NewScheduleTests
{
    private static readonly NewSchedule s_bare = new(new ScheduleTask { FunctionName = "greet" });
    private static readonly NewSchedule s_cron = s_bare with { Cron = "0 8 * * *" };

    [Theory]
    [InlineData(1)]
    [InlineData(Recurrence.MaxInterval)]
    public void An_interval_of_whole_seconds_is_fine(long interval) => (s_bare with { Interval = interval }).Check();

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(Recurrence.MaxInterval + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void An_interval_outside_its_limits_is_refused_with_them(long interval) =>
        IsRefused(s_bare with { Interval = interval }, ErrorCode.FieldFormat, "from 1 to 3153600000");

    [Fact]
    public void Either_interval_or_cron_is_needed()
    {
        IsRefused(s_bare, ErrorCode.MissingRequiredFields, "interval is required");
        IsRefused(s_cron with { Interval = 60 }, ErrorCode.FieldFormat, "exclude each other");
        IsRefused(s_bare with { Interval = 60, TimeZone = "Europe/Brussels" }, ErrorCode.FieldFormat, "timeZone goes with cron");
    }

    [Theory]
    [InlineData("0 8 * * *")]
    [InlineData("  0   8\t* * MON-FRI ")]
    [InlineData("*/15 0 8 L * ?")]
    [InlineData("0 0 15W JAN,DEC *")]
    public void Cron_of_five_or_six_fields_is_fine(string cron) => (s_bare with { Cron = cron }).Check();

    [Theory]
    [InlineData("", "0 fields")]
    [InlineData("* * * *", "4 fields")]
    [InlineData("* * * * * * *", "7 fields")]
    [InlineData("@daily", "1 fields")]
    [InlineData("61 * * * *", "between 0 and 59")]
    [InlineData("* * * * MONDAY", "Days of week")]
    [InlineData("H * * * *", "'H' is not understood")]
    public void What_is_no_cron_expression_is_refused_with_the_reason(string cron, string reason) =>
        IsRefused(s_bare with { Cron = cron }, ErrorCode.FieldFormat, reason);

    [Fact]
    public void A_cron_expression_without_end_is_refused() =>
        IsRefused(
            s_bare with { Cron = $"{string.Join(',', Enumerable.Range(0, 60))},{string.Join(',', Enumerable.Range(0, 60))} * * * *" },
            ErrorCode.FieldFormat, "At most 256");

    [Theory]
    [InlineData(null)]
    [InlineData("UTC")]
    [InlineData("Europe/Brussels")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+5")]
    public void A_zone_of_IANA_is_fine(string? zone) => (s_cron with { TimeZone = zone }).Check();

    [Theory]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("+02:00")]
    [InlineData("Europe")]
    [InlineData("Etc")]
    [InlineData("America/Argentina")]
    [InlineData("Europe/")]
    [InlineData("Europe/Brussels/")]
    [InlineData("Europe//Brussels")]
    [InlineData("europe/brussels")]
    [InlineData("EUROPE/BRUSSELS")]
    [InlineData("utc")]
    [InlineData("UTC-11")]
    [InlineData("UTC+12")]
    [InlineData("posix/Europe/Brussels")]
    [InlineData("right/Europe/Brussels")]
    [InlineData("Right/Europe/Brussels")]
    [InlineData("posixrules")]
    [InlineData("localtime")]
    [InlineData("leapseconds")]
    [InlineData("zone.tab")]
    [InlineData("Europe/../Europe/Brussels")]
    [InlineData("./UTC")]
    [InlineData("Europe/Brussels\0")]
    [InlineData("Europe/Brussels\n")]
    [InlineData(" Europe/Brussels")]
    [InlineData("Europe/Br\u00fcssels")]
    [InlineData("CET-1CEST,M3.5.0,M10.5.0/3")]
    public void Another_zone_is_refused(string zone) => IsRefused(s_cron with { TimeZone = zone }, ErrorCode.FieldFormat, "IANA name");

    [Theory]
    [InlineData(65)]
    [InlineData(300)]
    [InlineData(100_000)]
    public void A_zone_without_end_is_refused(int length)
    {
        IsRefused(s_cron with { TimeZone = new('A', length) }, ErrorCode.FieldFormat, "IANA name");
        IsRefused(s_cron with { TimeZone = $"Europe/{new string('A', length)}" }, ErrorCode.FieldFormat, "IANA name");
    }

    [Fact]
    public void Whether_a_name_is_known_depends_on_no_other_that_was_asked_for_before()
    {
        (s_cron with { TimeZone = "Asia/Tokyo" }).Check();
        IsRefused(s_cron with { TimeZone = "asia/tokyo" }, ErrorCode.FieldFormat, "IANA name");
        IsRefused(s_cron with { TimeZone = "asia/seoul" }, ErrorCode.FieldFormat, "IANA name");
        (s_cron with { TimeZone = "Asia/Seoul" }).Check();
    }

    [Fact]
    public void Policies_have_names_and_others_are_refused_with_them()
    {
        (s_cron with { CatchUp = "all", Overlap = "skip" }).Check();
        IsRefused(s_cron with { CatchUp = "some" }, ErrorCode.FieldFormat, "skip, one, all");
        IsRefused(s_cron with { Overlap = "Skip" }, ErrorCode.FieldFormat, "allow, skip");
    }

    [Fact]
    public void The_task_of_each_tick_keeps_the_rules_of_tasks() =>
        IsRefused(s_cron with { Task = new() { FunctionName = "greet", Priority = long.MaxValue } }, ErrorCode.FieldFormat, "priority");

    private static void IsRefused(NewSchedule schedule, ErrorCode code, string reason)
    {
        var refusal = Refusals.By(schedule.Check);

        Assert.Equal(code, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
