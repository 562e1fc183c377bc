using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The test moves the clock, and no time passes but that.</summary>
public sealed class TimeTests
{
    private static readonly DateTimeOffset s_start = new(2030, 3, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_task_of_tomorrow_waits_until_the_test_says_it_is_tomorrow()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));
        var id = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "remind", StartTimestamp = harness.Now.AddDays(1) });

        await harness.Task(id).ShouldBeNew();
        await harness.AdvanceAsync(TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));
        await harness.Task(id).ShouldNotRun();

        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await harness.Task(id).ShouldComplete();
    }

    [Fact]
    public async Task Each_task_runs_at_its_own_time_on_the_way()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.Start = s_start;
            tasks.AddFunction("remind");
        });
        foreach (var hours in new[] { 3, 1, 2 })
        {
            await harness.ScheduleAsync(new ScheduleTask { FunctionName = "remind", StartTimestamp = s_start.AddHours(hours) });
        }

        await harness.AdvanceToAsync(s_start.AddYears(10));

        Assert.Equal(
            [s_start.AddHours(1), s_start.AddHours(2), s_start.AddHours(3)], harness.Function("remind").Calls.Select(call => call.At));
        Assert.Equal(s_start.AddYears(10), harness.Now);
    }

    [Fact]
    public async Task A_task_of_the_past_runs_at_once()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));

        var id = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "remind", StartTimestamp = DateTimeOffset.UnixEpoch });

        await harness.Task(id).ShouldComplete();
    }

    [Fact]
    public async Task A_task_of_the_year_9999_just_waits()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("remind"));
        var id = await harness.ScheduleAsync(new ScheduleTask { FunctionName = "remind", StartTimestamp = DateTimeOffset.MaxValue });

        await harness.AdvanceToAsync(harness.Now.AddYears(1_000));

        await harness.Task(id).ShouldBeNew();
    }

    [Fact]
    public async Task A_function_that_hangs_fails_after_five_minutes_that_take_none()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize").Hangs());
        var id = await harness.ScheduleAsync("resize");

        await harness.Task(id).ShouldBeInProgress();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        await harness.Task(id).ShouldBeInProgress();

        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await harness.Task(id).ShouldFail(TaskErrorNames.TimeLimitExceeded);
        Assert.True(Assert.Single(harness.Function("resize").Calls).CancellationToken.IsCancellationRequested);
    }

    [Fact]
    public async Task A_managed_function_has_its_own_time_limit()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("resize", resize => resize.TimeLimit = TimeSpan.FromSeconds(3)).Hangs());
        var id = await harness.ScheduleAsync("resize");

        await harness.AdvanceAsync(TimeSpan.FromSeconds(3));

        await harness.Task(id).ShouldFail("Sandbox.Timedout", "timed out after 3.00 seconds");
    }

    [Fact]
    public async Task A_function_that_hangs_holds_up_no_other()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.AddFunction("hang").Hangs();
            tasks.AddFunction("resize");
        });
        for (var i = 0; i < 20; i++)
        {
            await harness.ScheduleAsync("hang");
        }

        await harness.Task(await harness.ScheduleAsync("resize")).ShouldComplete();

        Assert.Equal(20, harness.Function("hang").Calls.Count);
    }

    [Fact]
    public async Task A_function_may_wait_for_the_clock_itself()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("poll").RunsAsync(async call =>
        {
            for (var i = 0; i < 3; i++)
            {
                await Task.Delay(TimeSpan.FromMinutes(1), call.Get<TimeProvider>(), call.CancellationToken);
                call.Log($"look {i}");
            }
        }));
        var id = await harness.ScheduleAsync("poll");

        await harness.Task(id).ShouldBeInProgress();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        await harness.Task(id).ShouldBeInProgress();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal("look 0\nlook 1\nlook 2", (await harness.Task(id).ShouldComplete()).Log);
    }

    [Fact]
    public async Task A_function_with_a_limit_for_other_work_is_waited_for()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("send").RunsAsync(async call =>
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30), call.Get<TimeProvider>());
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
        }));

        await harness.Task(await harness.ScheduleAsync("send")).ShouldComplete();
    }

    [Fact]
    public async Task A_function_may_wait_until_its_limit()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("send").RunsAsync(async call =>
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30), call.Get<TimeProvider>());
            await Task.Delay(Timeout.Infinite, limit.Token);
        }));
        var id = await harness.ScheduleAsync("send");

        await harness.Task(id).ShouldBeInProgress();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(30));

        await harness.Task(id).ShouldFail(nameof(TaskCanceledException));
    }

    [Fact]
    public async Task The_clock_is_the_TimeProvider_of_everything_in_the_container()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.Start = s_start.AddTicks(123));
        var time = (TimeProvider)harness.Services.GetService(typeof(TimeProvider))!;
        using CancellationTokenSource soon = new(TimeSpan.FromHours(1), time);

        Assert.Equal(s_start, time.GetUtcNow());
        await harness.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.True(soon.IsCancellationRequested);
        Assert.Equal(s_start.AddHours(1), time.GetUtcNow());
    }

    [Fact]
    public async Task The_clock_never_goes_back()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.Start = s_start);

        await harness.AdvanceToAsync(s_start.AddDays(-1));

        Assert.Equal(s_start, harness.Now);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => harness.AdvanceAsync(TimeSpan.FromSeconds(-1)));
    }
}
