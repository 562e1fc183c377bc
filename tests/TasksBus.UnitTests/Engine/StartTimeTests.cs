using System.Globalization;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class StartTimeTests
{
    [Fact]
    public async Task A_start_in_1970_runs_at_once_and_once()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);

        var task = await engine.ScheduleAsync("old", DateTimeOffset.UnixEpoch);

        Assert.Equal(DateTimeOffset.UnixEpoch, (await engine.ReachesAsync(task.Id, TaskStates.Complete)).StartTimestamp);
        await engine.ReachesAsync((await engine.ScheduleAsync("later")).Id, TaskStates.Complete);
        Assert.Equal(1, invoker.CountOf(task.Id));
    }

    [Fact]
    public async Task Starts_far_ahead_stay_new_while_others_run()
    {
        var (invoker, now) = (new ScriptedInvoker(), TimeProvider.System.GetUtcNow());
        await using var engine = await TestEngine.StartAsync(invoker);
        DateTimeOffset[] starts =
        [
            now.AddDays(25), now.AddDays(50), now.AddYears(10), DateTimeOffset.MaxValue,
            DateTimeOffset.Parse("9999-12-31T23:59:59.9999999Z", CultureInfo.InvariantCulture),
        ];
        var waiting = await engine.Intake.ScheduleAllAsync(
            [.. starts.Select(static start => new ScheduleTask { FunctionName = "far", StartTimestamp = start, Priority = 9 })]);

        for (var i = 0; i < 20; i++)
        {
            await engine.ReachesAsync((await engine.ScheduleAsync("near")).Id, TaskStates.Complete);
        }

        foreach (var task in waiting)
        {
            Assert.Equal(TaskStates.New, (await engine.FindAsync(task.Id))!.Status);
        }

        Assert.Equal(0, invoker.CountOf("far"));
    }

    [Fact]
    public async Task A_start_in_25_days_runs_when_they_have_passed_and_one_in_50_days_still_waits()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        var first = await engine.ScheduleAsync("first", clock.GetUtcNow().AddDays(25));
        var second = await engine.ScheduleAsync("second", clock.GetUtcNow().AddDays(50));

        clock.Advance(TimeSpan.FromDays(25.1));

        await engine.ReachesAsync(first.Id, TaskStates.Complete);
        await engine.ReachesAsync((await engine.ScheduleAsync("later")).Id, TaskStates.Complete);
        Assert.Equal(TaskStates.New, (await engine.FindAsync(second.Id))!.Status);
        Assert.Equal((1, 0), (invoker.CountOf("first"), invoker.CountOf("second")));
    }

    [Fact]
    public async Task A_start_a_little_ahead_is_kept_to_the_moment()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var start = TimeProvider.System.GetUtcNow().AddMilliseconds(300);

        var tasks = await engine.Intake.ScheduleAllAsync([.. Enumerable.Range(0, 20)
            .Select(i => new ScheduleTask { FunctionName = "soon", StartTimestamp = start.AddMilliseconds(7 * i) })]);

        foreach (var task in tasks)
        {
            await engine.ReachesAsync(task.Id, TaskStates.Complete);
            var invoked = Assert.Single(invoker.Invocations, invoked => invoked.Id == task.Id);
            Assert.True(invoked.At >= task.StartTimestamp, $"Invoked at {invoked.At:O}, before its start at {task.StartTimestamp:O}.");
            Assert.True(
                invoked.At < task.StartTimestamp!.Value.AddSeconds(10),
                $"Invoked at {invoked.At:O}, long after its start at {task.StartTimestamp:O}.");
        }
    }
}
