using System.Text.Json;
using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>What one transaction writes.</summary>
public sealed class CommitTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task A_batch_whose_races_are_all_lost_writes_nothing_at_all()
    {
        var worker = await Engine.AddWorkerAsync();
        var waiting = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Engine.ScheduleAsync()));
        var running = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Engine.ScheduleAsync()));
        foreach (var id in running)
        {
            await Engine.RaiseAsync(Claim(id, worker));
        }

        var before = await Engine.Database.DumpAsync();
        TaskChange[] changes =
        [
            await StaleAsync(waiting[0], TaskStates.InProgress, worker),
            await StaleAsync(waiting[1], TaskStates.Canceled),
            await StaleAsync(running[0], TaskStates.Complete),
            await StaleAsync(running[1], TaskStates.Retried),
            await StaleAsync(running[2], TaskStates.New),
            WithEvent(Insert(waiting[0])),
        ];
        changes[3].Task.RetriedByTaskId = TaskId.New();
        changes[3].Inserts.Add(WithEvent(Insert(changes[3].Task.RetriedByTaskId!.Value)));

        var outcomes = await Engine.Store.CommitAsync(changes, default);

        Assert.All(outcomes, static outcome => Assert.Equal(CommitOutcome.Conflict, outcome));
        Assert.Equal(before, await Engine.Database.DumpAsync());
    }

    [Fact]
    public async Task Of_a_batch_only_what_applies_is_written_with_its_log_events_count_and_successor()
    {
        var worker = await Engine.AddWorkerAsync();
        var (won, lost) = (await RunningAsync(worker), await RunningAsync(worker));
        Assert.Equal(2, await Engine.RunningAsync(worker));
        var (successorOfWon, successorOfLost) = (TaskId.New(), TaskId.New());
        var change = await StaleAsync(won, TaskStates.Retried, versionsBack: 0);
        change.Task.RetriedByTaskId = successorOfWon;
        change.Inserts.Add(WithEvent(Insert(successorOfWon)));
        var stale = await StaleAsync(lost, TaskStates.Retried);
        stale.Task.RetriedByTaskId = successorOfLost;
        stale.Inserts.Add(WithEvent(Insert(successorOfLost)));

        Assert.Equal([CommitOutcome.Conflict, CommitOutcome.Applied], await Engine.Store.CommitAsync([stale, change], default));

        Assert.Equal((TaskStates.Retried, TaskStates.New), (await Engine.StateAsync(won), await Engine.StateAsync(successorOfWon)));
        Assert.Equal((TaskStates.InProgress, "none"), (await Engine.StateAsync(lost), await Engine.StateAsync(successorOfLost)));
        Assert.Equal(1, await Engine.RunningAsync(worker));
        Assert.NotNull(await Engine.Store.LogAsync(won, default));
        Assert.Null(await Engine.Store.LogAsync(lost, default));
        Assert.Equal(["Made"], await Engine.EventsAsync(successorOfWon));
        Assert.Empty(await Engine.EventsAsync(successorOfLost));
    }

    [Fact]
    public async Task Tasks_that_are_stored_together_are_not_stored_when_one_of_their_ids_is_taken()
    {
        var (first, taken, last) = (TaskId.New(), await Engine.ScheduleAsync(), TaskId.New());
        var before = await Engine.Database.DumpAsync();
        var group = WithEvent(Insert(first));
        group.Inserts.AddRange([WithEvent(Insert(taken)), WithEvent(Insert(last))]);

        await Assert.ThrowsAsync<PostgresException>(() => Engine.Store.CommitAsync([group, WithEvent(Insert(TaskId.New()))], default));

        Assert.Equal(before, await Engine.Database.DumpAsync());
    }

    [Fact]
    public async Task A_claim_of_a_task_whose_number_is_another_s_now_changes_nothing()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync();
        var claim = await StaleAsync(id, TaskStates.InProgress, worker, versionsBack: 0);
        claim.Task.Id = TaskId.New();

        Assert.Equal([CommitOutcome.Conflict], await Engine.Store.CommitAsync([claim], default));

        Assert.Equal(TaskStates.New, await Engine.StateAsync(id));
    }

    [Fact]
    public async Task Known_tasks_among_new_ones_stay_as_they_are_time_and_again()
    {
        var known = await Engine.ScheduleAsync(new() { FunctionName = "first" });
        for (var i = 0; i < 150; i++)
        {
            var @new = Insert(TaskId.New());
            Assert.Equal([CommitOutcome.Conflict, CommitOutcome.Applied], await Engine.Store.CommitAsync([Insert(known), @new], default));
            Assert.Equal([CommitOutcome.Applied], await Engine.Store.CommitAsync([Insert(TaskId.New())], default));
        }

        Assert.Equal("first", (await Engine.FindAsync(known))!.FunctionName);
    }

    [Fact]
    public async Task Numbers_are_in_the_order_of_arrival_within_a_batch_and_across_awaits()
    {
        var peer = Engine.AddPeer();
        List<TaskId> ids = [.. NewIds(1_000)];
        Seed.Random().Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids));
        await RaiseAllAsync(peer, ids.Select(Schedule));
        for (var i = 0; i < 20; i++)
        {
            ids.Add(TaskId.New());
            await peer.RaiseAsync(Schedule(ids[^1]));
        }

        var group = await peer.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "greet" }, 100)]);
        ids.AddRange(group.Select(static task => task.Id));

        Assert.Equal(ids.Select(static id => id.ToGuid().ToString()), await Engine.RowsAsync("select id from tasks order by number"));
        Assert.Equal(group.Select(static task => task.Number).Order(), group.Select(static task => task.Number));
    }

    [Fact]
    public async Task Ten_thousand_tasks_of_equal_priority_and_start_keep_their_order()
    {
        await Engine.AddWorkerAsync(slots: 20_000);
        var peer = Engine.AddPeer();
        List<TaskId> ids = [];
        for (var i = 0; i < 10; i++)
        {
            var group = await peer.ScheduleAllAsync(
                [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "greet", StartTimestamp = DateTimeOffset.UnixEpoch }, 1_000)]);
            ids.AddRange(group.Select(static task => task.Id));
        }

        var epoch = await Engine.EpochAsync();
        var all = await peer.Store.ViewPoolAsync(epoch, Pool, [], null, null, 20_000, default);
        Assert.Equal(ids, all.Next.Select(static task => task.Id));

        long[] released = [.. all.Next.Take(5_000).Select(static task => task.Rank.Number)];
        var rest = await peer.Store.ViewPoolAsync(epoch, Pool, released, null, null, 2_000, default);
        Assert.Equal(released.ToHashSet(), rest.Unclaimed);
        Assert.Equal(ids[5_000..7_000], rest.Next.Select(static task => task.Id));
    }

    [Theory]
    [InlineData("""{"nul":"a\u0000b"}""")]
    [InlineData("""{"half":"\ud800","other":"\udc00 \uDBFF"}""")]
    [InlineData("""{"long":123456789012345678901234567890,"exact":0.1234567890123456789012345678901,"huge":1E400,"zero":-0.0}""")]
    [InlineData("""{"Key":1,"key":2,"KEY":3,"key":4}""")]
    [InlineData("""{"":1,"b":{"":{}},"a":[ 3 , 1,2 ] }""")]
    [InlineData("""{ "spaces" :	"tab	", "Größe":"𝒳 \uD835\uDCB3 \/" }""")]
    public async Task Data_comes_back_as_the_same_text(string text)
    {
        var data = text.Replace("tab\t", "tab\\t", StringComparison.Ordinal);
        var id = await Engine.ScheduleAsync(new() { FunctionName = "greet", Data = JsonElement.Parse(data) });

        Assert.Equal(data, (await Engine.FindAsync(id))!.Data);
        Assert.Equal(data, Assert.Single((await Engine.Store.FindAsync("")).Tasks).Data);
    }

    [Fact]
    public async Task A_task_that_runs_directly_is_stored_as_running_once()
    {
        var (id, owner) = (TaskId.New(), Guid.NewGuid());
        TaskExecutedDirectly direct = new(id.ToGuid(), Schedule(id), Guid.NewGuid(), owner, TimeSpan.FromMinutes(5));

        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseAsync(direct)).Outcome);
        Assert.Equal(TransitionOutcome.Ignored, (await Engine.RaiseAsync(direct with { ClaimId = Guid.NewGuid() })).Outcome);

        var task = (await Engine.FindAsync(id))!;
        Assert.Equal((TaskStates.InProgress, direct.ClaimId, owner), (task.Status, task.ClaimId!.Value, task.WorkerId!.Value));
        Assert.False(await Engine.HasPlaceAsync(id));
        Assert.Equal([new Orphan(id, owner)], await Engine.Store.OrphansAsync(await Engine.EpochAsync(), 10, default));
    }

    private async Task<TaskId> RunningAsync(Guid worker)
    {
        var id = await Engine.ScheduleAsync();
        await Engine.RaiseAsync(Claim(id, worker));
        return id;
    }

    /// <summary>A change to a state, with everything that can belong to it, computed from a version that is no longer stored.</summary>
    private async Task<TaskChange> StaleAsync(TaskId id, string status, Guid? worker = null, int versionsBack = 1)
    {
        var task = (await Engine.FindAsync(id))!;
        var before = task.WorkerId;
        (task.Status, task.WorkerId, task.ClaimId) = (status, worker ?? before, Guid.NewGuid());
        return WithEvent(new()
        {
            Task = task,
            ExpectedVersion = task.Version - versionsBack,
            WorkerBefore = before,
            TimeLimit = TimeSpan.FromMinutes(1),
            Log = "said",
        });
    }

    private static TaskChange Insert(TaskId id) => new()
    {
        Task = new TaskSaga { Id = id, Status = TaskStates.New, FunctionName = "greet" },
        ExpectedVersion = null,
        WorkerBefore = null,
    };

    private static TaskChange WithEvent(TaskChange change)
    {
        change.Events.Add(new(Guid.NewGuid(), "Made", $$"""{"taskId":"{{change.Task.Id}}"}"""));
        return change;
    }
}
