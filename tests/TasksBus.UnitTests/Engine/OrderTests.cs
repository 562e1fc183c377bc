using TasksBus.Contracts;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class OrderTests
{
    [Fact]
    public async Task Priorities_over_the_whole_range_run_in_exact_order()
    {
        long[] edges = [-9007199254740991, -9007199254740990, -1, 0, 1, 2, 255, 256, int.MaxValue, 9007199254740990, 9007199254740991];
        var random = new Random(20210929);
        var tasks = Enumerable.Range(0, 300).Select(i => new ScheduleTask
        {
            FunctionName = "ranked",
            Priority = i % 3 == 0 ? edges[random.Next(edges.Length)] : random.NextInt64(-9007199254740991, 9007199254740992),
        }).ToArray();

        await AssertExactOrderAsync(tasks);
    }

    [Fact]
    public async Task Of_equal_priority_the_oldest_start_runs_first_and_then_the_first_created()
    {
        var random = new Random(19700101);
        var tasks = Enumerable.Range(0, 500).Select(_ => new ScheduleTask
        {
            FunctionName = "ranked",
            StartTimestamp = DateTimeOffset.UnixEpoch.AddMinutes(random.Next(200)),
        }).ToArray();

        await AssertExactOrderAsync(tasks);
    }

    [Fact]
    public async Task More_tasks_than_are_marked_at_once_come_due_together_in_exact_order()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1, clock: clock);
        var start = clock.GetUtcNow().AddHours(1);
        List<TaskRecord> stored = [];
        for (var batch = 0; batch < 7; batch++)
        {
            stored.AddRange(await engine.Intake.ScheduleAllAsync([.. Enumerable.Range(0, 1_000).Select(i =>
                new ScheduleTask { FunctionName = "due", StartTimestamp = start, Priority = batch * 1_000 + i })]));
        }

        clock.Advance(TimeSpan.FromHours(2));

        await Eventually.TrueAsync(() => invoker.CountOf("due") >= 100, "a hundred have run");
        Assert.Equal(
            stored.AsEnumerable().Reverse().Take(100).Select(static task => task.Id),
            invoker.Invocations.Take(100).Select(static invoked => invoked.Id));
    }

    [Fact]
    public async Task An_urgent_task_is_next_although_a_hundred_wait()
    {
        var invoker = new ScriptedInvoker();
        var holding = invoker.Hold("holding");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1);
        await engine.ReachesAsync((await engine.ScheduleAsync("holding")).Id, TaskStates.InProgress);
        var low = await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "low" }, 100)]);
        await engine.ScheduleAsync("urgent", priority: 1);

        holding.SetResult(ScriptedInvoker.Success);

        await engine.ReachesAsync(low[^1].Id, TaskStates.Complete);
        Assert.Equal(["holding", "urgent", "low"], invoker.Invocations.Take(3).Select(static invoked => invoked.FunctionName));
    }

    /// <summary>Lets all tasks wait for one that holds the only slot.</summary>
    private static async Task AssertExactOrderAsync(ScheduleTask[] tasks)
    {
        var invoker = new ScriptedInvoker();
        var holding = invoker.Hold("holding");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1);
        await engine.ReachesAsync((await engine.ScheduleAsync("holding")).Id, TaskStates.InProgress);
        var stored = await engine.Intake.ScheduleAllAsync(tasks);

        holding.SetResult(ScriptedInvoker.Success);

        await Eventually.TrueAsync(() => invoker.CountOf("ranked") == tasks.Length, "all have run");
        // The sort is stable: tasks that are equal in both stay in order of creation.
        var expected = stored.OrderByDescending(static task => task.Priority)
            .ThenBy(static task => task.StartTimestamp).Select(static task => task.Id);
        Assert.Equal(expected, invoker.Invocations.Skip(1).Select(static invoked => invoked.Id));
    }
}
