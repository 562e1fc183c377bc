using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>Ticks whose commit fails or whose leader is gone, over either store.</summary>
public abstract class ScheduleFaultTests : ScheduleTest
{
    private protected ScheduleFaultTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_commit_of_unknown_outcome_makes_one_task_whether_it_arrived_or_not()
    {
        var schedule = await CreateAsync(Hourly);
        Engine.Faulty.BeforeCommit = Once(
            static () => throw new CommitOutcomeUnknownException("Cut before it arrived."), () => Engine.Faulty.BeforeCommit = null);
        await TickAsync();
        Assert.Equal((1, 1L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));

        await Engine.AdvanceAsync(TimeSpan.FromHours(1) + More);
        Engine.Faulty.AfterCommit = Once(
            static () => throw new CommitOutcomeUnknownException("Cut after it arrived."), () => Engine.Faulty.AfterCommit = null);
        await TickAsync();
        Assert.Equal((2, 2L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));
        await TickAsync();
        Assert.Equal(2, (await TasksAsync()).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_leader_that_dies_around_the_commit_leaves_the_tick_to_the_next_which_makes_one_task(bool arrived)
    {
        var schedule = await CreateAsync(Hourly);
        Func<IReadOnlyList<TaskChange>, Task> die = static _ => throw new InvalidOperationException("The process is gone.");
        Engine.Faulty.BeforeCommit = arrived ? null : die;
        Engine.Faulty.AfterCommit = arrived ? die : null;
        var leader = Guid.NewGuid();
        await Ticks.MakeDueAsync(await LeadAsync(leader), default);
        Assert.Equal(arrived ? 1 : 0, (await TasksAsync()).Count);

        (Engine.Faulty.BeforeCommit, Engine.Faulty.AfterCommit) = (null, null);
        await TicksOver(Engine.Faulty, Engine.Transitions).MakeDueAsync(await LeadAsync(Guid.NewGuid(), after: leader), default);
        Assert.Equal((1, 1L), ((await TasksAsync()).Count, (await RowAsync(schedule)).Version));
    }

    [Fact]
    public async Task A_leader_of_before_moves_nothing()
    {
        var leader = Guid.NewGuid();
        var before = await LeadAsync(leader);
        var schedule = await CreateAsync(Hourly);
        var skipping = await CreateAsync(
            Starting(Hourly, await Engine.NowAsync() - TimeSpan.FromMinutes(90)) with { CatchUp = CatchUp.Skip });
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(45));
        await LeadAsync(Guid.NewGuid(), after: leader);

        await Assert.ThrowsAsync<LeadershipLostException>(() => Ticks.MakeDueAsync(before, default));

        Assert.Empty(await TasksAsync());
        Assert.Equal((0L, 0L), ((await RowAsync(schedule)).Version, (await RowAsync(skipping)).Version));
    }

    [Fact]
    public async Task A_schedule_that_fails_is_set_aside_and_holds_up_no_other()
    {
        var bad = await CreateAsync(Hourly with { Task = new() { FunctionName = "bad" } });
        await CreateAsync(Hourly);
        Engine.Faulty.BeforeCommit = static changes => changes.Any(static change => change.Task.FunctionName == "bad")
            ? throw new InvalidOperationException("Broken.")
            : Task.CompletedTask;

        var wait = await TickAsync();

        Assert.InRange(wait!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(10));
        Assert.Equal((1, 0), (await CountAsync("greet"), await CountAsync("bad")));
        Assert.Equal(0, (await RowAsync(bad)).Version);
        Engine.Faulty.BeforeCommit = null;
        await TicksOver(Engine.Faulty, Engine.Transitions).MakeDueAsync(await Engine.EpochAsync(), default);
        Assert.Equal(1, await CountAsync("bad"));
    }

    private static Func<IReadOnlyList<TaskChange>, Task> Once(Action fail, Action first) => _ =>
    {
        first();
        fail();
        return Task.CompletedTask;
    };
}
