using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Which tasks either store shows as ready, and in which order.</summary>
public abstract class ReadyQueueTests : TaskStoreTest
{
    private const long MaxPriority = 9_007_199_254_740_991;

    private protected ReadyQueueTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task The_most_urgent_due_tasks_are_marked_and_nothing_below_them_shows()
    {
        await Engine.AddWorkerAsync(slots: 1_000);
        // It is ready from the start, and less urgent than the tasks that become due later.
        var early = await ScheduleAsync(priority: -1);
        List<TaskId> due = [];
        for (var priority = 0; priority < 5; priority++)
        {
            due.Add(await ScheduleAsync(priority, TimeSpan.FromMinutes(1)));
        }

        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));

        var first = await Engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((2, 3L), (first.Count, first.Lowest!.Value.Priority));
        Assert.Equal([due[4], due[3]], await NextAsync(first.Lowest));

        var second = await Engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((2, 1L), (second.Count, second.Lowest!.Value.Priority));
        Assert.Equal([due[4], due[3], due[2], due[1]], await NextAsync(second.Lowest));

        var last = await Engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((1, null), (last.Count, last.Lowest));
        Assert.Null((await ViewAsync([])).NextDueIn);
        Assert.Equal([due[4], due[3], due[2], due[1], due[0], early], await NextAsync(last.Lowest));
    }

    [Fact]
    public async Task Nothing_is_marked_before_it_is_due_and_the_next_time_is_told()
    {
        await Engine.AddWorkerAsync(slots: 1_000);
        var id = await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));

        await NothingIsDueForAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(await NextAsync());
        var waiting = Assert.Single(await Engine.Store.WaitingPoolsAsync(default));
        Assert.Equal(Pool, waiting.Pool);
        Assert.InRange(waiting.DueIn, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, (await ViewAsync([])).NextDueIn);
        Assert.Equal(new(1, null), await Engine.Store.MarkReadyAsync(Pool, 10, default));
        Assert.Equal([id], await NextAsync());
        Assert.Equal([new(Pool, TimeSpan.Zero)], await Engine.Store.WaitingPoolsAsync(default));
    }

    [Fact]
    public async Task No_more_tasks_are_shown_than_there_are_free_slots()
    {
        for (var i = 0; i < 5; i++)
        {
            await ScheduleAsync();
        }

        Assert.Empty(await NextAsync());
        await Engine.AddWorkerAsync(slots: 3);
        Assert.Equal(3, (await NextAsync()).Length);
    }

    [Fact]
    public async Task The_order_is_exact_over_all_priorities_and_starts()
    {
        await Engine.AddWorkerAsync(slots: 1_000);
        long[] priorities = [-MaxPriority, -MaxPriority + 1, -1, 0, 1, MaxPriority - 1, MaxPriority];
        DateTimeOffset[] starts = [
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMicroseconds(1), new(2021, 9, 29, 15, 17, 7, TimeSpan.Zero),
            await Engine.NowAsync()];
        List<(long Priority, DateTimeOffset Start, int Inserted, TaskId Id)> tasks = [];
        Random random = new(20260101);
        var places = priorities.SelectMany(
            priority => starts.SelectMany(start => new[] { (priority, start), (priority, start) })).ToArray();
        random.Shuffle(places);
        foreach (var (priority, start) in places)
        {
            tasks.Add(
                (priority, start, tasks.Count,
                    await Engine.ScheduleAsync(new() { FunctionName = "greet", Priority = priority, StartTimestamp = start })));
        }

        await Engine.Store.MarkReadyAsync(Pool, 1_000, default);
        var view = await Engine.Store.ViewPoolAsync(await Engine.EpochAsync(), Pool, [], null, null, 1_000, default);

        var expected = tasks.OrderByDescending(static task => task.Priority)
            .ThenBy(static task => task.Start).ThenBy(static task => task.Inserted).Select(static task => task.Id).ToArray();
        Assert.Equal(expected, view.Next.Select(static task => task.Id));
        Assert.Equal(expected, view.Next.OrderBy(static task => task.Rank).Select(static task => task.Id));
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59.9999990Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    [InlineData("9999-12-31T00:00:00.0000000Z")]
    public async Task A_start_at_the_end_of_time_is_kept_and_never_due(string text)
    {
        Assert.True(UtcTimestampConverter.TryParse(text, out var start));
        var worker = await Engine.AddWorkerAsync();
        var late = await Engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = start, Priority = MaxPriority });

        Assert.Equal(start, (await Engine.FindAsync(late))!.StartTimestamp);
        Assert.Equal(new(0, null), await Engine.Store.MarkReadyAsync(Pool, 10, default));
        Assert.Equal(TimeSpan.FromDays(1), (await ViewAsync([])).NextDueIn);
        Assert.Empty(await NextAsync());
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(late, worker));
    }

    [Fact]
    public async Task A_start_in_1970_is_kept_and_due_at_once()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = DateTimeOffset.UnixEpoch });

        Assert.Equal(DateTimeOffset.UnixEpoch, (await Engine.FindAsync(id))!.StartTimestamp);
        Assert.Equal([id], await NextAsync());
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, worker));
    }

    [Fact]
    public async Task A_canceled_task_leaves_the_queue()
    {
        await Engine.AddWorkerAsync(slots: 1_000);
        var (ready, waiting) = (await ScheduleAsync(), await ScheduleAsync(startIn: TimeSpan.FromHours(1)));
        Assert.Equal([ready], await NextAsync());

        await Engine.RaiseAsync(new CancelTask(ready.ToString()));
        await Engine.RaiseAsync(new CancelTask(waiting.ToString()));

        Assert.Empty(await NextAsync());
        Assert.False(await Engine.HasPlaceAsync(ready) || await Engine.HasPlaceAsync(waiting));
        Assert.Equal(new(0, null), await Engine.Store.MarkReadyAsync(Pool, 10, default));
    }

    [Fact]
    public async Task A_claimed_task_leaves_the_queue_and_a_released_one_is_not_shown_again()
    {
        var worker = await Engine.AddWorkerAsync();
        var (first, second, third) = (await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync());
        var numbers = (await ViewAsync([])).Next.Select(static task => task.Rank.Number).ToArray();
        await ClaimAsync(first, worker);

        var view = await ViewAsync(numbers[..2]);

        Assert.Equal([numbers[1]], view.Unclaimed);
        Assert.Equal([third], view.Next.Select(static task => task.Id));
        Assert.Equal([second, third], await NextAsync());
    }

    [Fact]
    public async Task A_task_that_did_not_run_waits_out_its_backoff_and_keeps_its_place_in_the_order()
    {
        var worker = await Engine.AddWorkerAsync();
        var (first, second) = (await ScheduleAsync(), await ScheduleAsync());
        var start = (await Engine.FindAsync(first))!.StartTimestamp;
        await ClaimAsync(first, worker);
        await Engine.RaiseAsync(
            new FunctionNotRun(first.ToGuid(), await ClaimOfAsync(first), Throttled, StoredEngine.Start, TimeSpan.FromMinutes(1)));

        Assert.Equal([second], await NextAsync());
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(first, worker));
        await NothingIsDueForAsync(TimeSpan.FromMinutes(1));

        await Engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await Engine.Store.MarkReadyAsync(Pool, 10, default);
        Assert.Equal([first, second], await NextAsync());
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(first, worker));
        var stored = (await Engine.FindAsync(first))!;
        Assert.Equal((1, StoredEngine.Start, start), (stored.NotRunCount, stored.NotRunSince!.Value, stored.StartTimestamp));
    }

    [Fact]
    public async Task Tasks_that_are_put_aside_come_back_to_their_places()
    {
        await Engine.AddWorkerAsync(slots: 1_000);
        List<TaskId> ids = [];
        for (var i = 0; i < 6; i++)
        {
            ids.Add(await Engine.ScheduleAsync(new() { FunctionName = i % 2 == 0 ? "greet" : "fresh:1", Priority = -i }));
        }

        var view = await ViewAsync([]);
        var functions = await Engine.Store.FunctionsOfAsync([.. view.Next.Select(static task => task.Rank.Number)], default);
        Assert.Equal(3, functions.Values.Count(static name => name == "fresh:1"));
        // It looks at the four most urgent tasks, and then at all.
        Assert.Equal(2, await Engine.Store.PutAsideAsync(Pool, ["fresh:1", "none"], 4, default));
        Assert.Equal(1, await Engine.Store.PutAsideAsync(Pool, ["fresh:1", "none"], 100, default));

        Assert.Equal([ids[0], ids[2], ids[4]], await NextAsync());
        var aside = PoolNames.Aside(Pool, "fresh:1");
        Assert.Equal((Pool, "fresh:1"), PoolNames.PartsOf(aside));
        Assert.Null(PoolNames.PartsOf(Pool));
        Assert.Contains(aside, (await Engine.Store.WaitingPoolsAsync(default)).Select(static pool => pool.Pool));
        Assert.Equal(TaskStates.New, await Engine.StateAsync(ids[1]));
        Assert.Equal(2, await Engine.Store.PutBackAsync(aside, Pool, 2, default));
        Assert.Equal([ids[0], ids[1], ids[2], ids[3], ids[4]], await NextAsync());
        Assert.Equal(1, await Engine.Store.PutBackAsync(aside, Pool, 2, default));
        Assert.Equal(ids, await NextAsync());
    }

    [Fact]
    public async Task A_worker_of_the_other_kind_does_not_get_into_a_pool()
    {
        var store = Engine.Store;
        WorkerRow own = new(Guid.NewGuid(), "shop", 1, 0, "host", "1", 0) { Functions = ["a", "b"] };
        await store.AddWorkerAsync(own, default);
        await store.AddWorkerAsync(own, default);
        await store.AddWorkerAsync(own with { Id = Guid.NewGuid(), Functions = ["c"] }, default);

        var refusal = await Assert.ThrowsAsync<PoolTakenException>(
            () => store.AddWorkerAsync(own with { Id = Guid.NewGuid(), Functions = null }, default));

        Assert.Contains("shop", refusal.Message, StringComparison.Ordinal);
        var there = await store.WorkersAsync(default);
        Assert.Equal(["a b", "c"], there.Select(static worker => string.Join(' ', worker.Functions!)).Order());
    }

    private async Task NothingIsDueForAsync(TimeSpan wait)
    {
        var marked = await Engine.Store.MarkReadyAsync(Pool, 10, default);
        Assert.Equal((0, null), (marked.Count, marked.Lowest));
        Assert.InRange((await ViewAsync([])).NextDueIn!.Value, wait - Engine.Instant + TimeSpan.FromMicroseconds(1), wait);
    }

    private async Task<TaskId[]> NextAsync(Rank? lowest = null) => [.. (await ViewAsync([], lowest)).Next.Select(static task => task.Id)];
}
