using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What either store promises.</summary>
public abstract class TaskStoreTests : IAsyncLifetime
{
    private const long MaxPriority = 9_007_199_254_740_991;
    private const string Pool = PoolNames.Default;

    private static readonly TaskError s_throttled = new(TaskErrorTypes.Invocation, "TooManyRequestsException", "Throttled.");

    private readonly StoredEngine _engine;

    private protected TaskStoreTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task A_claim_is_refused_until_the_task_is_due()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));

        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        await _engine.AdvanceAsync(TimeSpan.FromMinutes(1) - _engine.Instant);
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        Assert.Equal((TaskStates.New, 0, true), (await _engine.StateAsync(id), await _engine.RunningAsync(worker), await _engine.HasPlaceAsync(id)));
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(id));

        await _engine.AdvanceAsync(_engine.Instant);
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, worker));
    }

    [Fact]
    public async Task A_claim_by_a_worker_without_a_row_is_refused()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await ScheduleAsync();

        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, Guid.NewGuid()));
        await _engine.Store.RemoveWorkerAsync(worker, default);
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        Assert.Equal(TaskStates.New, await _engine.StateAsync(id));
        Assert.False(await _engine.Store.HeartbeatAsync(worker, 10, default));
    }

    [Fact]
    public async Task Running_counts_follow_claims_and_reports()
    {
        var (one, other) = (await _engine.AddWorkerAsync(slots: 3), await _engine.AddWorkerAsync(slots: 2));
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await ScheduleAsync());
            await ClaimAsync(ids[i], i < 3 ? one : other);
        }

        Assert.Equal((3, 2, 0), (await _engine.RunningAsync(one), await _engine.RunningAsync(other), await FreeAsync()));

        await _engine.RaiseAsync(new FunctionReturned(ids[0].ToGuid(), await ClaimOfAsync(ids[0]), null));
        await _engine.RaiseAsync(new FunctionFailed(ids[1].ToGuid(), await ClaimOfAsync(ids[1]), s_throttled, null));
        await _engine.RaiseAsync(new FunctionNotRun(ids[2].ToGuid(), await ClaimOfAsync(ids[2]), s_throttled, StoredEngine.Start, TimeSpan.Zero));
        await _engine.RaiseAsync(new TimeLimitReached(ids[3].ToGuid(), TimeSpan.Zero));

        Assert.Equal((0, 1, 4), (await _engine.RunningAsync(one), await _engine.RunningAsync(other), await FreeAsync()));
    }

    [Fact]
    public async Task The_most_urgent_due_tasks_are_marked_and_nothing_below_them_shows()
    {
        await _engine.AddWorkerAsync(slots: 1_000);
        // Ready from the start, and less urgent than all that becomes due later.
        var early = await ScheduleAsync(priority: -1);
        List<TaskId> due = [];
        for (var priority = 0; priority < 5; priority++)
        {
            due.Add(await ScheduleAsync(priority, TimeSpan.FromMinutes(1)));
        }

        await _engine.AdvanceAsync(TimeSpan.FromMinutes(1));

        var first = await _engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((2, 3L), (first.Count, first.Lowest!.Value.Priority));
        Assert.Equal([due[4], due[3]], await NextAsync(first.Lowest));

        var second = await _engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((2, 1L), (second.Count, second.Lowest!.Value.Priority));
        Assert.Equal([due[4], due[3], due[2], due[1]], await NextAsync(second.Lowest));

        var last = await _engine.Store.MarkReadyAsync(Pool, 2, default);
        Assert.Equal((1, null), (last.Count, last.Lowest));
        Assert.Null((await ViewAsync([])).NextDueIn);
        Assert.Equal([due[4], due[3], due[2], due[1], due[0], early], await NextAsync(last.Lowest));
    }

    [Fact]
    public async Task Nothing_is_marked_before_it_is_due_and_the_next_time_is_told()
    {
        await _engine.AddWorkerAsync(slots: 1_000);
        var id = await ScheduleAsync(startIn: TimeSpan.FromMinutes(1));

        await NothingIsDueForAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(await NextAsync());
        var waiting = Assert.Single(await _engine.Store.WaitingPoolsAsync(default));
        Assert.Equal(Pool, waiting.Pool);
        Assert.InRange(waiting.DueIn, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        await _engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, (await ViewAsync([])).NextDueIn);
        Assert.Equal(new(1, null), await _engine.Store.MarkReadyAsync(Pool, 10, default));
        Assert.Equal([id], await NextAsync());
        Assert.Equal([new(Pool, TimeSpan.Zero)], await _engine.Store.WaitingPoolsAsync(default));
    }

    [Fact]
    public async Task No_more_tasks_are_shown_than_there_are_free_slots()
    {
        for (var i = 0; i < 5; i++)
        {
            await ScheduleAsync();
        }

        Assert.Empty(await NextAsync());
        await _engine.AddWorkerAsync(slots: 3);
        Assert.Equal(3, (await NextAsync()).Length);
    }

    [Fact]
    public async Task The_order_is_exact_over_all_priorities_and_starts()
    {
        await _engine.AddWorkerAsync(slots: 1_000);
        long[] priorities = [-MaxPriority, -MaxPriority + 1, -1, 0, 1, MaxPriority - 1, MaxPriority];
        DateTimeOffset[] starts = [DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMicroseconds(1), new(2021, 9, 29, 15, 17, 7, TimeSpan.Zero), await _engine.NowAsync()];
        List<(long Priority, DateTimeOffset Start, int Inserted, TaskId Id)> tasks = [];
        Random random = new(20260101);
        var places = priorities.SelectMany(priority => starts.SelectMany(start => new[] { (priority, start), (priority, start) })).ToArray();
        random.Shuffle(places);
        foreach (var (priority, start) in places)
        {
            tasks.Add((priority, start, tasks.Count, await _engine.ScheduleAsync(new() { FunctionName = "greet", Priority = priority, StartTimestamp = start })));
        }

        await _engine.Store.MarkReadyAsync(Pool, 1_000, default);
        var view = await _engine.Store.ViewPoolAsync(await _engine.EpochAsync(), Pool, [], null, null, 1_000, default);

        var expected = tasks.OrderByDescending(static task => task.Priority).ThenBy(static task => task.Start).ThenBy(static task => task.Inserted).Select(static task => task.Id).ToArray();
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
        var worker = await _engine.AddWorkerAsync();
        var late = await _engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = start, Priority = MaxPriority });

        Assert.Equal(start, (await _engine.FindAsync(late))!.StartTimestamp);
        Assert.Equal(new(0, null), await _engine.Store.MarkReadyAsync(Pool, 10, default));
        Assert.Equal(TimeSpan.FromDays(1), (await ViewAsync([])).NextDueIn);
        Assert.Empty(await NextAsync());
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(late, worker));
    }

    [Fact]
    public async Task A_start_in_1970_is_kept_and_due_at_once()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await _engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = DateTimeOffset.UnixEpoch });

        Assert.Equal(DateTimeOffset.UnixEpoch, (await _engine.FindAsync(id))!.StartTimestamp);
        Assert.Equal([id], await NextAsync());
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, worker));
    }

    [Fact]
    public async Task A_canceled_task_leaves_the_queue()
    {
        await _engine.AddWorkerAsync(slots: 1_000);
        var (ready, waiting) = (await ScheduleAsync(), await ScheduleAsync(startIn: TimeSpan.FromHours(1)));
        Assert.Equal([ready], await NextAsync());

        await _engine.RaiseAsync(new CancelTask(ready.ToString()));
        await _engine.RaiseAsync(new CancelTask(waiting.ToString()));

        Assert.Empty(await NextAsync());
        Assert.False(await _engine.HasPlaceAsync(ready) || await _engine.HasPlaceAsync(waiting));
        Assert.Equal(new(0, null), await _engine.Store.MarkReadyAsync(Pool, 10, default));
    }

    [Fact]
    public async Task A_claimed_task_leaves_the_queue_and_a_released_one_is_not_shown_again()
    {
        var worker = await _engine.AddWorkerAsync();
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
        var worker = await _engine.AddWorkerAsync();
        var (first, second) = (await ScheduleAsync(), await ScheduleAsync());
        var start = (await _engine.FindAsync(first))!.StartTimestamp;
        await ClaimAsync(first, worker);
        await _engine.RaiseAsync(new FunctionNotRun(first.ToGuid(), await ClaimOfAsync(first), s_throttled, StoredEngine.Start, TimeSpan.FromMinutes(1)));

        Assert.Equal([second], await NextAsync());
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(first, worker));
        await NothingIsDueForAsync(TimeSpan.FromMinutes(1));

        await _engine.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _engine.Store.MarkReadyAsync(Pool, 10, default);
        Assert.Equal([first, second], await NextAsync());
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(first, worker));
        var stored = (await _engine.FindAsync(first))!;
        Assert.Equal((1, StoredEngine.Start, start), (stored.NotRunCount, stored.NotRunSince!.Value, stored.StartTimestamp));
    }

    [Fact]
    public async Task A_task_is_overdue_once_its_deadline_has_passed_and_only_while_it_runs()
    {
        var worker = await _engine.AddWorkerAsync();
        var (late, done) = (await ScheduleAsync(), await ScheduleAsync());
        await ClaimAsync(late, worker);
        await ClaimAsync(done, worker);
        await _engine.RaiseAsync(new FunctionReturned(done.ToGuid(), await ClaimOfAsync(done), null));

        await _engine.AdvanceAsync(TimeSpan.FromMinutes(5) - _engine.Instant);
        Assert.Empty((await _engine.Store.OverdueAsync(await _engine.EpochAsync(), 10, default)).Tasks);
        await _engine.AdvanceAsync(_engine.Instant);
        var overdue = await _engine.Store.OverdueAsync(await _engine.EpochAsync(), 10, default);
        var task = Assert.Single(overdue.Tasks);
        Assert.Equal(late, task.Id);
        Assert.InRange(overdue.Now, Math.Max(task.ClaimedAt, task.DeadlineAt), long.MaxValue);

        await _engine.RaiseAsync(new TimeLimitReached(late.ToGuid(), TimeSpan.Zero));
        Assert.Empty((await _engine.Store.OverdueAsync(await _engine.EpochAsync(), 10, default)).Tasks);
    }

    [Fact]
    public async Task The_running_tasks_of_a_removed_worker_are_orphans()
    {
        var (gone, alive) = (await _engine.AddWorkerAsync(), await _engine.AddWorkerAsync());
        var (orphan, cared, waiting) = (await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync());
        await ClaimAsync(orphan, gone);
        await ClaimAsync(cared, alive);

        Assert.Empty(await _engine.Store.OrphansAsync(await _engine.EpochAsync(), 10, default));
        await _engine.Store.RemoveWorkerAsync(gone, default);
        Assert.Equal([new Orphan(orphan, gone)], await _engine.Store.OrphansAsync(await _engine.EpochAsync(), 10, default));

        await _engine.RaiseAsync(new WorkerLost(orphan.ToGuid(), gone));
        Assert.Empty(await _engine.Store.OrphansAsync(await _engine.EpochAsync(), 10, default));
        Assert.Equal(TaskErrorNames.ZombieTaskCleaned, (await _engine.FindAsync(orphan))!.Error!.Name);
        Assert.Equal(TaskStates.New, await _engine.StateAsync(waiting));
    }

    [Fact]
    public async Task A_lease_keeps_others_out_until_it_ends_and_each_new_leader_has_a_higher_epoch()
    {
        var (one, other, lease) = (Guid.NewGuid(), Guid.NewGuid(), TimeSpan.FromMinutes(1));

        Assert.Equal(1, (await _engine.Store.LeadAsync(one, lease, default))?.Epoch);
        Assert.Null(await _engine.Store.LeadAsync(other, lease, default));
        await _engine.AdvanceAsync(lease - _engine.Instant);
        Assert.Equal(1, (await _engine.Store.LeadAsync(one, lease, default))?.Epoch);
        await _engine.AdvanceAsync(lease - _engine.Instant);
        Assert.Null(await _engine.Store.LeadAsync(other, lease, default));
        await _engine.AdvanceAsync(2 * _engine.Instant);
        Assert.Equal(2, (await _engine.Store.LeadAsync(other, lease, default))?.Epoch);
        Assert.Null(await _engine.Store.LeadAsync(one, lease, default));
    }

    [Fact]
    public async Task Events_stay_in_order_until_they_are_deleted()
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await ScheduleAsync());
        }

        var events = await _engine.Store.NextEventsAsync(10, default);
        Assert.Equal(ids, events.Select(static stored => IdIn(stored.Event)));
        Assert.Equal(events.Select(static stored => stored.Position).Order(), events.Select(static stored => stored.Position));
        Assert.Equal(events, await _engine.Store.NextEventsAsync(10, default));
        Assert.Equal(events.Take(2), await _engine.Store.NextEventsAsync(2, default));

        await _engine.Store.DeleteEventsAsync([events[0].Position, events[2].Position], default);
        Assert.Equal([ids[1], ids[3], ids[4]], (await _engine.Store.NextEventsAsync(10, default)).Select(static stored => IdIn(stored.Event)));
    }

    [Fact]
    public async Task An_event_after_all_were_deleted_still_comes_later()
    {
        await ScheduleAsync();
        var first = Assert.Single(await _engine.Store.NextEventsAsync(10, default));
        await _engine.Store.DeleteEventsAsync([first.Position], default);
        await ScheduleAsync();

        Assert.True(Assert.Single(await _engine.Store.NextEventsAsync(10, default)).Position > first.Position);
    }

    [Fact]
    public async Task Everything_survives_a_reopening()
    {
        var worker = await _engine.AddWorkerAsync();
        List<TaskId> ids = [];
        foreach (var state in TaskStates.All)
        {
            ids.Add(await _engine.ScheduleAsync(new()
            {
                FunctionName = $"f-{state}",
                Data = System.Text.Json.JsonElement.Parse("""{"big": 12345678901234567890.10, "Key":1, "key":2, "":[3,1,2]}"""),
                Priority = 7,
                Tags = ["b", "a", "größe"],
            }));
        }

        foreach (var id in ids.Skip(1).SkipLast(1))
        {
            await ClaimAsync(id, worker);
        }

        await _engine.RaiseAsync(new FunctionReturned(ids[2].ToGuid(), await ClaimOfAsync(ids[2]), "said"));
        await _engine.RaiseAsync(new FunctionFailed(ids[3].ToGuid(), await ClaimOfAsync(ids[3]), s_throttled, "said", new(TaskId.New().ToString(), TimeSpan.FromSeconds(1))));
        await _engine.RaiseAsync(new FunctionFailed(ids[4].ToGuid(), await ClaimOfAsync(ids[4]), s_throttled, "said"));
        await _engine.RaiseAsync(new CancelTask(ids[5].ToString()));
        ids.Add((await _engine.FindAsync(ids[3]))!.RetriedByTaskId!.Value);
        await _engine.Store.LeadAsync(worker, TimeSpan.FromMinutes(1), default);
        var before = await Task.WhenAll(ids.Select(_engine.SnapshotAsync));
        var workers = await _engine.Store.WorkersAsync(default);

        await _engine.ReopenAsync();

        Assert.Equal(TaskStates.All.Append(TaskStates.New), await Task.WhenAll(ids.Select(_engine.StateAsync)));
        Assert.Equal(before, await Task.WhenAll(ids.Select(_engine.SnapshotAsync)));
        Assert.Equal(workers, await _engine.Store.WorkersAsync(default));
        Assert.Null(await _engine.Store.LeadAsync(Guid.NewGuid(), TimeSpan.FromSeconds(10), default));
        Assert.Equal([ids[3]], (await _engine.FindAsync(ids[6]))!.RetryForTaskIds);
        Assert.Equal("""{"big": 12345678901234567890.10, "Key":1, "key":2, "":[3,1,2]}""", (await _engine.FindAsync(ids[6]))!.Data);
    }

    [Fact]
    public async Task Tasks_are_found_by_status_function_and_id_newest_first_and_counted()
    {
        var worker = await _engine.AddWorkerAsync(slots: 100);
        Dictionary<string, List<TaskId>> byStatus = [];
        List<TaskId> all = [];
        foreach (var status in TaskStates.All.Concat(TaskStates.All))
        {
            var id = await _engine.ScheduleAsync(new() { FunctionName = $"f-{all.Count % 3}" });
            all.Insert(0, id);
            object[] steps = status switch
            {
                TaskStates.New => [],
                TaskStates.Canceled => [new CancelTask(id.ToString())],
                _ => [new TaskClaimed(id.ToGuid(), worker, worker, TimeSpan.FromMinutes(5))],
            };
            foreach (var step in steps)
            {
                await _engine.RaiseAsync(step);
            }

            TaskId? successor = status == TaskStates.Retried ? TaskId.New() : null;
            if (status is TaskStates.Complete)
            {
                await _engine.RaiseAsync(new FunctionReturned(id.ToGuid(), worker, null));
            }
            else if (status is TaskStates.Failed or TaskStates.Retried)
            {
                await _engine.RaiseAsync(new FunctionFailed(id.ToGuid(), worker, s_throttled, null, successor is { } next ? new(next.ToString(), TimeSpan.Zero) : null));
            }

            byStatus.TryAdd(status, []);
            byStatus[status].Insert(0, id);
            if (successor is { } made)
            {
                all.Insert(0, made);
                byStatus[TaskStates.New].Insert(0, made);
            }
        }

        foreach (var (status, ids) in byStatus)
        {
            Assert.Equal(ids, await FindAsync($"status={status}", ids.Count));
            Assert.Equal(ids[..1], await FindAsync($"id={ids[0]}&status={status}", 1));
        }

        Assert.Equal(all, await FindAsync("limit(50)", all.Count));
        Assert.Equal(all[3..5], await FindAsync("limit(2,3)", all.Count));
        Assert.Empty(await FindAsync("limit(50,1000000000000)", all.Count));
        Assert.Empty(await FindAsync("functionName=F-0", 0));
        Assert.Empty(await FindAsync($"id={byStatus[TaskStates.New][0]}&status=failed", 0));
        Assert.Empty(await FindAsync("id=nothing", 0));
        var functions = (await _engine.Store.FindAsync("functionName=f-0&limit(50)")).Tasks;
        Assert.All(functions, static task => Assert.Equal("f-0", task.FunctionName));
        Assert.Equal(all.Count, functions.Count + (await FindAsync("functionName=f-1&limit(50)", null)).Length + (await FindAsync("functionName=f-2&limit(50)", null)).Length);

        async Task<TaskId[]> FindAsync(string rql, long? total)
        {
            var page = await _engine.Store.FindAsync(rql);
            Assert.Equal(total ?? page.Total, page.Total);
            return [.. page.Tasks.Select(static task => task.Id)];
        }
    }

    [Fact]
    public async Task Data_of_five_megabytes_comes_back_as_it_was()
    {
        var text = $$"""{"a":"{{new string('x', 5_000_000)}}","b":[{{string.Join(", ", Enumerable.Range(0, 50_000))}}]}""";
        var id = await _engine.ScheduleAsync(new() { FunctionName = "greet", Data = System.Text.Json.JsonElement.Parse(text) });

        Assert.Equal(text, (await _engine.FindAsync(id))!.Data);
    }

    [Fact]
    public async Task A_heartbeat_raises_the_beat_and_sets_the_slots()
    {
        var worker = await _engine.AddWorkerAsync(slots: 4);

        Assert.True(await _engine.Store.HeartbeatAsync(worker, 2, default));

        var row = Assert.Single(await _engine.Store.WorkersAsync(default));
        Assert.Equal((1L, 2), (row.Beat, row.Slots));
        Assert.Equal(2, await FreeAsync());
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static TaskId IdIn(OutgoingEvent @event) =>
        TaskId.Parse(System.Text.Json.JsonElement.Parse(@event.Body).GetProperty("taskId").GetString()!);

    private async Task<TaskId> ScheduleAsync(long priority = 0, TimeSpan? startIn = null) => await _engine.ScheduleAsync(new()
    {
        FunctionName = "greet",
        Priority = priority,
        StartTimestamp = startIn is { } wait ? await _engine.NowAsync() + wait : null,
    });

    private async Task NothingIsDueForAsync(TimeSpan wait)
    {
        var marked = await _engine.Store.MarkReadyAsync(Pool, 10, default);
        Assert.Equal((0, null), (marked.Count, marked.Lowest));
        Assert.InRange((await ViewAsync([])).NextDueIn!.Value, wait - _engine.Instant + TimeSpan.FromMicroseconds(1), wait);
    }

    private async Task<TransitionOutcome> ClaimAsync(TaskId id, Guid worker) =>
        (await _engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(5)))).Outcome;

    private async Task<Guid> ClaimOfAsync(TaskId id) => (await _engine.FindAsync(id))!.ClaimId!.Value;

    private async Task<PoolView> ViewAsync(IReadOnlyCollection<long> released, Rank? lowest = null) => await _engine.Store.ViewPoolAsync(await _engine.EpochAsync(), Pool, released, null, lowest, 100, default);

    private async Task<TaskId[]> NextAsync(Rank? lowest = null) => [.. (await ViewAsync([], lowest)).Next.Select(static task => task.Id)];

    private async Task<int> FreeAsync() => (await ViewAsync([])).FreeSlots;
}
