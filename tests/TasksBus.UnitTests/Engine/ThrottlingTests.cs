using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.UnitTests.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class ThrottlingTests
{
    [Fact]
    public async Task A_throttled_function_that_fills_all_forty_slots_holds_up_no_other_and_completes()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("throttled", invoked => invoker.CountOf(invoked.Id) > 2
            ? ScriptedInvoker.Success : new InvocationResult.NotRunYet("TooManyRequestsException", "Throttled.", TimeSpan.FromSeconds(2)));
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 40);

        var throttled = await engine.Intake.ScheduleAllAsync(
            [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "throttled", Priority = 10 }, 100)]);
        var others = await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "other" }, 100)]);

        foreach (var other in others)
        {
            await engine.ReachesAsync(other.Id, TaskStates.Complete);
        }

        var early = await Task.WhenAll(throttled.Select(task => engine.FindAsync(task.Id)));
        Assert.Contains(early, static task => task!.Status != TaskStates.Complete);
        foreach (var task in throttled)
        {
            await engine.ReachesAsync(task.Id, TaskStates.Complete);
            Assert.Equal(3, invoker.CountOf(task.Id));
        }
    }

    [Fact]
    public async Task A_function_throttled_three_times_completes_and_others_are_served_meanwhile()
    {
        var invoker = new ScriptedInvoker();
        invoker.On(
            "throttled", _ => invoker.CountOf("throttled") <= 3 ? Throttled(TimeSpan.FromMilliseconds(200)) : ScriptedInvoker.Success);
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1);

        var throttled = await engine.ScheduleAsync("throttled", DateTimeOffset.UnixEpoch, priority: 9);
        var others = await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "other" }, 10)]);

        var done = await engine.ReachesAsync(throttled.Id, TaskStates.Complete);
        Assert.Equal(4, invoker.CountOf("throttled"));
        Assert.Null(done.Error);
        foreach (var other in others)
        {
            await engine.ReachesAsync(other.Id, TaskStates.Complete);
        }

        var last = invoker.Invocations.Select(static invoked => invoked.FunctionName).ToList().LastIndexOf("throttled");
        Assert.True(last > 3, "Nothing else was served while the throttled one waited.");
    }

    [Fact]
    public async Task A_throttled_task_keeps_its_place_in_the_order()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("throttled", _ => invoker.CountOf("throttled") == 1 ? Throttled(TimeSpan.FromMinutes(1)) : ScriptedInvoker.Success);
        var holding = invoker.Hold("holding");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerSlots = 1, clock: clock);
        var throttled = await engine.ScheduleAsync("throttled", DateTimeOffset.UnixEpoch);
        await Eventually.TrueAsync(async () => (await engine.FindAsync(throttled.Id))!.NotRunCount == 1, "the task is throttled");

        var held = await engine.ScheduleAsync("holding");
        await engine.ReachesAsync(held.Id, TaskStates.InProgress);
        var others = await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "other" }, 3)]);
        clock.Advance(TimeSpan.FromMinutes(2));
        holding.SetResult(ScriptedInvoker.Success);

        await engine.ReachesAsync(others[^1].Id, TaskStates.Complete);
        Assert.Equal(
            ["throttled", "holding", "throttled", "other", "other", "other"],
            invoker.Invocations.Select(static invoked => invoked.FunctionName));
    }

    [Fact]
    public async Task A_task_that_is_throttled_for_an_hour_fails_with_the_reason()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("throttled", _ => Throttled(TimeSpan.FromSeconds(1)));
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        var task = await engine.ScheduleAsync("throttled");
        await Eventually.TrueAsync(async () => (await engine.FindAsync(task.Id))!.NotRunCount > 0, "the task is throttled");

        clock.Advance(TimeSpan.FromMinutes(50));
        await Eventually.TrueAsync(async () => (await engine.FindAsync(task.Id))!.NotRunCount > 1, "the task is throttled again");
        Assert.NotEqual(TaskStates.Failed, (await engine.FindAsync(task.Id))!.Status);
        clock.Advance(TimeSpan.FromMinutes(11));

        var failed = await engine.ReachesAsync(task.Id, TaskStates.Failed);
        Assert.Equal((TaskErrorTypes.Invocation, "TooManyRequestsException"), (failed.Error!.Type, failed.Error.Name));
        Assert.StartsWith("Rate exceeded.", failed.Error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// The time of day of the machines does not matter. The clock of the database counts, and no worker asks its own machine.
    /// </summary>
    [Fact]
    public async Task How_long_a_task_was_found_not_to_run_is_told_on_the_databases_clock()
    {
        var (store, machine) =
            (new FakeTimeProvider(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)), new FakeTimeProvider(new(2040, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var invoker = new ScriptedInvoker();
        invoker.On("throttled", _ =>
        {
            machine.Advance(TimeSpan.FromSeconds(3));
            return Throttled(TimeSpan.FromSeconds(1));
        });
        var task = new TaskSaga
        {
            Id = TaskId.New(),
            FunctionName = "throttled",
            ClaimId = Guid.NewGuid(),
            StartTimestamp = DateTimeOffset.UnixEpoch,
            StatusChangedTimestamp = store.GetUtcNow(),
        };
        await using var database = new SqliteEngine();
        await database.StartAsync();
        var lease = new WorkerLease(database.Store, TimeSpan.FromMinutes(1), machine, NullLogger.Instance);
        await lease.RegisterAsync(PoolNames.Default, 1, null, CancellationToken.None);

        var report = await new TaskInvocation(
                invoker, TimeSpan.FromMinutes(5), new([]), new(database.Store), machine, NullLogger.Instance)
            .RunAsync(task, FunctionPolicy.Unmanaged, lease, TimeSpan.Zero, static _ => { });

        Assert.Equal(store.GetUtcNow() + TimeSpan.FromSeconds(3), Assert.IsType<FunctionNotRun>(report).At);
    }

    private static InvocationResult.NotRunYet Throttled(TimeSpan after) => new("TooManyRequestsException", "Rate exceeded.", after);
}
