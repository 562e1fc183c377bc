using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Schedules;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>Recurring tasks.</summary>
public sealed class ScheduleTests
{
    private static readonly DateTimeOffset s_start = new(2030, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_month_of_a_daily_schedule_passes_in_a_moment()
    {
        await using var harness = await StartAsync();
        await harness.AddScheduleAsync(new NewSchedule(new ScheduleTask { FunctionName = "report" }) { Interval = 86_400 });

        await harness.AdvanceAsync(TimeSpan.FromDays(31));

        var calls = harness.Function("report").Calls;
        Assert.Equal(Enumerable.Range(0, 32).Select(day => s_start.AddDays(day)), calls.Select(call => call.At));
        Assert.Equal(32, (await harness.TasksAsync()).Count);
    }

    [Fact]
    public async Task A_cron_expression_follows_the_clocks_of_its_zone()
    {
        await using var harness = await StartAsync();
        await harness.AddScheduleAsync(
            new NewSchedule(new ScheduleTask { FunctionName = "report" }) { Cron = "0 8 * * MON", TimeZone = "Europe/Brussels" });

        await harness.AdvanceToAsync(s_start.AddDays(33));

        // Summer time began on the last Sunday of March.
        Assert.Equal([7, 7, 7, 7, 6], harness.Function("report").Calls.Select(call => call.At.Hour));
        Assert.All(harness.Function("report").Calls, call => Assert.Equal(DayOfWeek.Monday, call.At.DayOfWeek));
    }

    [Fact]
    public async Task A_schedule_that_must_not_overlap_skips_ticks_while_its_task_runs()
    {
        await using var harness = await StartAsync();
        harness.Function("report").Hangs();
        await harness.AddScheduleAsync(
            new NewSchedule(new ScheduleTask { FunctionName = "report" }) { Interval = 60, Overlap = "skip" });

        await harness.AdvanceAsync(TimeSpan.FromMinutes(7));

        // The first task takes five minutes until its time is up.
        Assert.Equal([0, 5], harness.Function("report").Calls.Select(call => (call.At - s_start).TotalMinutes));
    }

    [Fact]
    public async Task A_schedule_that_the_server_refuses_is_refused()
    {
        await using var harness = await StartAsync();
        NewSchedule schedule = new(new ScheduleTask { FunctionName = "report" }) { Cron = "every morning" };

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => harness.AddScheduleAsync(schedule));

        Assert.Equal(ErrorCode.FieldFormat, refused.Refusal.Code);
        Assert.StartsWith("cron must be 5 fields", refused.Refusal.Message, StringComparison.Ordinal);
    }

    private static Task<TasksBusTestHarness> StartAsync() => TasksBusTestHarness.StartAsync(tasks =>
    {
        tasks.Start = s_start;
        tasks.AddFunction("report");
    });
}
