using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Operations;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>How either store shows the whole system, and why a task waits.</summary>
public abstract class StatusTests : TaskStoreTest
{
    private protected StatusTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task An_empty_system_has_nothing_and_nobody()
    {
        var status = await StatusAsync();

        Assert.Empty(status.Pools);
        Assert.Empty(status.Workers);
        Assert.Null(status.Leader);
        Assert.Null(status.HeldBecause);
        Assert.Equal((0, 0), (status.Running, status.Outbox));
        Assert.Empty(await BacklogAsync());
    }

    [Fact]
    public async Task What_waits_and_what_runs_is_counted_by_pool()
    {
        var worker = await Engine.AddWorkerAsync(slots: 3);
        var oldest = await ScheduleAsync();
        await ScheduleAsync(priority: 5);
        var running = await ScheduleAsync();
        await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));
        await ScheduleAsync(startIn: TimeSpan.FromHours(1));
        await ClaimAsync(running, worker);
        await Engine.EpochAsync();

        var status = await StatusAsync();
        var pool = Assert.Single(status.Pools);
        Assert.Equal((Pool, 2, 2), (pool.Pool, pool.Due, pool.Later));
        Assert.Equal((await Engine.FindAsync(oldest))!.StartTimestamp, pool.OldestDueAt);
        var row = Assert.Single(status.Workers);
        Assert.Equal((worker, 3, 1), (row.Id, row.Slots, row.Running));
        Assert.Equal(1, status.Running);
        Assert.NotNull(status.Leader);

        // Tasks that are due are counted before the dispatcher has marked them.
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        pool = Assert.Single((await StatusAsync()).Pools);
        Assert.Equal((3, 1), (pool.Due, pool.Later));
    }

    [Fact]
    public async Task What_is_due_and_what_runs_is_grouped_by_function_and_priority()
    {
        var worker = await Engine.AddWorkerAsync(slots: 3);
        await ClaimAsync(await ScheduleAsync(), worker);
        var oldest = await ScheduleAsync();
        await ScheduleAsync();
        await ScheduleAsync(priority: 5);
        await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));
        await ClaimAsync(await ScheduleAsync(priority: 7), worker);
        await Engine.EpochAsync();

        Assert.Equal([(0, 2, 1), (5, 1, 0), (7, 0, 1)], (await BacklogAsync()).Select(Counts));
        var first = (await BacklogAsync())[0];
        Assert.Equal((Pool, "greet"), (first.Pool, first.FunctionName));
        Assert.Equal((await Engine.FindAsync(oldest))!.StartTimestamp, first.OldestDueAt);
        Assert.Null((await BacklogAsync())[^1].OldestDueAt);

        // Tasks that are due are counted before the dispatcher has marked them, and where they are put aside.
        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((0, 3, 1), Counts((await BacklogAsync())[0]));
        await Engine.Store.PutAsideAsync(Pool, ["greet"], 10, default);
        Assert.Equal((Pool, (0, 3, 1)), ((await BacklogAsync())[0].Pool, Counts((await BacklogAsync())[0])));

        static (long Priority, int Due, int Running) Counts(BacklogGroup group) => (group.Priority, group.Due, group.Running);
    }

    [Fact]
    public async Task What_has_ended_is_counted_by_its_final_state()
    {
        var worker = await Engine.AddWorkerAsync(slots: 3);
        await ScheduleAsync();
        await ClaimAsync(await ScheduleAsync(), worker);
        await Engine.RaiseAsync(new CancelRequested((await ScheduleAsync()).ToGuid()));
        await Engine.RaiseAsync(new CancelRequested((await ScheduleAsync()).ToGuid()));

        var ended = await Engine.Store.EndedAsync(default);

        Assert.Equal(
            [("canceled", 2), ("complete", 0), ("failed", 0), ("retried", 0)],
            ended.Select(static each => (each.Key, each.Value)).OrderBy(static each => each.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pool_with_workers_shows_even_if_nothing_waits_for_it()
    {
        await Engine.AddWorkerAsync(slots: 3);

        Assert.Equal([new(Pool, 0, 0, null)], (await StatusAsync()).Pools);
    }

    [Fact]
    public async Task A_task_waits_for_its_time_then_for_a_dispatcher_then_for_a_worker_then_for_a_slot_and_then_its_turn_comes()
    {
        var id = await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));
        Assert.Equal(WaitReason.NotDue, await ReasonAsync(id));

        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(WaitReason.NoDispatcher, await ReasonAsync(id));

        await Engine.EpochAsync();
        Assert.Equal(WaitReason.NoWorker, await ReasonAsync(id));

        var worker = await Engine.AddWorkerAsync(slots: 1);
        Assert.Equal(WaitReason.Soon, await ReasonAsync(id));

        var other = await ScheduleAsync(priority: 1);
        await ClaimAsync(other, worker);
        Assert.Equal(WaitReason.NoFreeSlot, await ReasonAsync(id));

        var running = await Engine.AddWorkerAsync(slots: 1);
        await ClaimAsync(id, running);
        Assert.Null(await PlaceAsync(id));
    }

    [Fact]
    public async Task A_task_that_was_put_aside_waits_until_each_worker_has_its_function()
    {
        var id = await ScheduleAsync();
        await Engine.EpochAsync();
        await Engine.Store.PutAsideAsync(Pool, ["greet"], 10, default);
        Assert.Equal(WaitReason.NoWorker, await ReasonAsync(id));

        await Engine.AddWorkerAsync(slots: 1);
        Assert.Equal(WaitReason.FunctionMissing, await ReasonAsync(id));
    }

    [Fact]
    public async Task The_more_urgent_tasks_of_its_pool_are_ahead_of_it()
    {
        var low = await ScheduleAsync(priority: -1);
        var first = await ScheduleAsync();
        var second = await ScheduleAsync();
        var high = await ScheduleAsync(priority: 9);
        await ScheduleAsync(priority: 9, startIn: TimeSpan.FromHours(1));

        foreach (var (id, ahead) in new[] { (low, 3), (first, 1), (second, 2), (high, 0) })
        {
            Assert.Equal(ahead, (await PlaceAsync(id))!.Ahead);
        }
    }

    [Fact]
    public async Task What_failed_lately_is_grouped_by_function_and_error_whenever_it_was_created()
    {
        var (worker, since) = (await Engine.AddWorkerAsync(), (await Engine.NowAsync()).AddSeconds(-1));
        var old = await ScheduleAsync();
        string[] names = ["Broken", "Other", "", "Broken"];
        TaskId[] failed = [await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync(), old];
        foreach (var (id, name) in failed.Zip(names))
        {
            await ClaimAsync(id, worker);
            await FailAsync(id, new(TaskErrorTypes.Runtime, name, $"It is {name}."));
            await Engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        var complete = await ScheduleAsync();
        await ClaimAsync(complete, worker);
        await EndAsync(complete);

        var groups = await Engine.Store.FailuresAsync(since, default);
        Assert.Equal((2, old, "It is Broken."), (groups[0].Count, groups[0].LatestId, groups[0].Message));
        Assert.Equal([("Broken", 2), ("", 1), ("Other", 1)], groups.Select(static group => (group.ErrorName, group.Count))
            .OrderByDescending(static group => group.Count).ThenBy(static group => group.ErrorName, StringComparer.Ordinal));
        Assert.Equal((await Engine.FindAsync(old))!.StatusChangedTimestamp, groups[0].LatestAt);
        Assert.All(groups, static group => Assert.Equal("greet", group.FunctionName));
        Assert.Empty(await Engine.Store.FailuresAsync(groups.Max(static group => group.LatestAt), default));
    }

    [Fact]
    public async Task Nobody_knows_the_place_of_an_unknown_task() => Assert.Null(await PlaceAsync(TaskId.New()));

    private Task<SystemStatus> StatusAsync() => Engine.Store.StatusAsync(default);

    private Task<IReadOnlyList<BacklogGroup>> BacklogAsync() => Engine.Store.BacklogAsync(default);

    private Task<QueuePlace?> PlaceAsync(TaskId id) => Engine.Store.PlaceAsync(id, default);

    private async Task<string> ReasonAsync(TaskId id) => WaitReason.Of((await PlaceAsync(id))!, await StatusAsync()).Code;
}
