using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Group commits over either store.</summary>
public abstract class GroupCommitTests : CommitTest
{
    private protected GroupCommitTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancel_and_a_claim_that_gather_together_have_one_winner(bool cancelFirst)
    {
        var id = await Engine.ScheduleAsync();
        var release = await HoldAsync();
        var (cancel, claim) = (new CancelTask(id.ToString()), Claim(id));

        Task<TransitionResult> canceled, claimed;
        if (cancelFirst)
        {
            canceled = Engine.RaiseAsync(cancel);
            claimed = Engine.RaiseAsync(claim);
        }
        else
        {
            claimed = Engine.RaiseAsync(claim);
            canceled = Engine.RaiseAsync(cancel);
        }

        release();
        var (winner, loser) = cancelFirst ? (await canceled, await claimed) : (await claimed, await canceled);

        Assert.Equal(TransitionOutcome.Applied, winner.Outcome);
        Assert.Equal(TransitionOutcome.Ignored, loser.Outcome);
        var expected = cancelFirst ? TaskStates.Canceled : TaskStates.InProgress;
        Assert.Equal(expected, loser.Task!.Status);
        Assert.Equal(expected, await Engine.StateAsync(id));
        Assert.Equal(["TaskScheduled", cancelFirst ? "TaskCanceled" : "TaskStarted"], await Engine.EventsAsync(id));
        Assert.Equal(cancelFirst ? 0 : 1, await Engine.RunningAsync(Worker));
        Assert.False(await Engine.HasPlaceAsync(id));
    }

    [Fact]
    public void A_task_that_stays_held_is_tried_again_at_most_a_second_later_however_often()
    {
        var waits = Enumerable.Range(1, 1_000).Select(HeldTasks.WaitAfter).ToArray();

        Assert.Equal(TimeSpan.FromMilliseconds(20), waits[0]);
        Assert.Equal(waits.Order(), waits);
        Assert.All(waits.Skip(6), static wait => Assert.Equal(TimeSpan.FromSeconds(1), wait));
    }

    [Fact]
    public async Task A_batch_holds_a_task_once_and_its_tasks_in_the_order_in_which_they_came()
    {
        var ids = Enumerable.Range(0, 5).Select(static _ => TaskId.New()).ToArray();
        var release = await HoldAsync();
        var tasks = ids.Reverse().Concat(ids).Select(id => Engine.RaiseAsync(Schedule(id))).ToArray();
        release();
        var results = await Task.WhenAll(tasks);

        // The second batch assumes that its tasks are new, and learns from their inserts that they are not.
        Assert.Equal([.. ids.Reverse()], Engine.Faulty.Batches[^2]);
        Assert.Equal(ids, Engine.Faulty.Batches[^1]);
        Assert.Equal(5, results.Count(static result => result.Outcome == TransitionOutcome.Applied));
        Assert.Equal(5, results.Count(static result => result.Outcome == TransitionOutcome.Ignored));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task A_bad_task_among_good_ones_fails_alone(int bad)
    {
        var ids = Enumerable.Range(0, 7).Select(static _ => TaskId.New()).ToArray();
        var release = await HoldAsync();
        Engine.Faulty.BeforeCommit = changes => changes.Any(change => change.Task.Id == ids[bad])
            ? throw new InvalidOperationException("A row that cannot be stored.") : Task.CompletedTask;
        var tasks = ids.Select(id => Engine.RaiseAsync(Schedule(id))).ToArray();
        release();

        for (var i = 0; i < ids.Length; i++)
        {
            if (i == bad)
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => tasks[i]);
                Assert.Null(await Engine.FindAsync(ids[i]));
            }
            else
            {
                Assert.Equal(TransitionOutcome.Applied, (await tasks[i]).Outcome);
                Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(ids[i]));
            }
        }

        Assert.Contains(Engine.Faulty.Batches, static batch => batch.Length == 7);
    }

    [Fact]
    public async Task A_row_that_the_database_itself_refuses_fails_alone_and_leaves_nothing()
    {
        // The id of the successor is taken, so the store refuses it in the middle of the transaction.
        var (bad, good, taken) = (await RunningTaskAsync(), await RunningTaskAsync(), await Engine.ScheduleAsync());
        var release = await HoldAsync();
        var failing = Engine.RaiseAsync(
            new FunctionFailed(bad.Id.ToGuid(), bad.ClaimId!.Value, Error, "said", new(taken.ToString(), TimeSpan.Zero)));
        var reporting = Engine.RaiseAsync(new FunctionReturned(good.Id.ToGuid(), good.ClaimId!.Value, null));
        release();

        Assert.IsNotType<StoreUnavailableException>(await Assert.ThrowsAnyAsync<Exception>(() => failing));
        Assert.Equal(TransitionOutcome.Applied, (await reporting).Outcome);
        Assert.Equal(TaskStates.InProgress, await Engine.StateAsync(bad.Id));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await Engine.EventsAsync(bad.Id));
        Assert.Null(await Engine.Store.LogAsync(bad.Id, default));
        Assert.Equal(TaskStates.Complete, await Engine.StateAsync(good.Id));
        Assert.Equal(1, await Engine.RunningAsync(Worker));
    }

    [Fact]
    public async Task A_step_that_changes_nothing_is_not_saved()
    {
        var task = await RunningTaskAsync();
        var (commits, before) = (Engine.Faulty.Batches.Count, await Engine.SnapshotAsync(task.Id));

        var results = await Task.WhenAll(
            Engine.RaiseAsync(new CancelTask(task.Id.ToString())),
            Engine.RaiseAsync(Claim(task.Id)),
            Engine.RaiseAsync(new FunctionReturned(task.Id.ToGuid(), Guid.NewGuid(), "said")),
            Engine.RaiseAsync(new CancelTask(TaskId.New().ToString())));

        Assert.All(results, static result => Assert.Equal(TransitionOutcome.Ignored, result.Outcome));
        Assert.Null(results[3].Task);
        Assert.Equal(commits, Engine.Faulty.Batches.Count);
        Assert.Equal(before, await Engine.SnapshotAsync(task.Id));
    }

    [Fact]
    public async Task After_it_stopped_a_step_is_refused_as_unavailable()
    {
        var lanes = CommitLanes.Separate(Engine.Store, static _ => { });
        await lanes.DisposeAsync();
        var transitions = StoredEngine.TransitionsOver(lanes, Engine.Machine);

        await Assert.ThrowsAsync<ServerStoppingException>(() =>
            transitions.RaiseAsync(new ScheduleRequested(TaskId.New().ToGuid(), new() { FunctionName = "greet" })));
    }

    [Fact]
    public async Task A_thousand_schedules_at_once_share_a_few_commits()
    {
        var release = await HoldAsync();
        var before = Engine.Faulty.Batches.Count;
        var tasks = Enumerable.Range(0, 1_000).Select(_ => Engine.RaiseAsync(Schedule(TaskId.New()))).ToArray();
        release();
        var results = await Task.WhenAll(tasks);

        Assert.All(results, static result => Assert.Equal(TransitionOutcome.Applied, result.Outcome));
        Assert.Equal(1_000, results.Select(static result => result.Task!.Number).Distinct().Count());
        Assert.InRange(Engine.Faulty.Batches.Count - before, 2, 3);
        Assert.All(Engine.Faulty.Batches, static batch => Assert.InRange(batch.Length, 1, GroupCommit.MaxBatch));
    }

    [Fact]
    public async Task A_single_step_commits_at_once()
    {
        await Engine.ScheduleAsync();

        Assert.Single(Engine.Faulty.Batches);
    }

    [Fact]
    public async Task The_same_id_twice_makes_one_task_and_the_first_content_wins()
    {
        var id = TaskId.New();
        var release = await HoldAsync();
        var first = Engine.RaiseAsync(Schedule(id) with { FunctionName = "first" });
        var second = Engine.RaiseAsync(Schedule(id) with { FunctionName = "second" });
        release();

        Assert.Equal(TransitionOutcome.Applied, (await first).Outcome);
        Assert.Equal((TransitionOutcome.Ignored, "first"), ((await second).Outcome, (await second).Task!.FunctionName));
        Assert.Equal("first", (await Engine.FindAsync(id))!.FunctionName);
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(id));
    }

    [Fact]
    public async Task A_refused_claim_does_not_show_the_task_as_claimed()
    {
        var id = await Engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = StoredEngine.Start.AddHours(1) });

        var result = await Engine.RaiseAsync(Claim(id));

        Assert.Equal(TransitionOutcome.Refused, result.Outcome);
        Assert.NotEqual(TaskStates.InProgress, result.Task?.Status);
        Assert.Null(result.Task?.ClaimId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Many_tasks_of_which_one_is_known_are_not_stored_and_others_of_the_same_moment_are(int place)
    {
        TaskId[] ids = [.. Enumerable.Range(0, 5).Select(static _ => TaskId.New())];
        await Engine.RaiseAsync(Schedule(ids[place]));
        var held = Engine.Faulty.HoldNextCommit();
        var first = Engine.RaiseAsync(Schedule(TaskId.New()));
        var release = await held;

        var group = Engine.Transitions.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "many" }, 5)], ids: ids);
        var other = Engine.RaiseAsync(Schedule(TaskId.New()));
        release();

        await Assert.ThrowsAsync<TaskIdTakenException>(() => group);
        Assert.Equal((TransitionOutcome.Applied, TransitionOutcome.Applied), ((await first).Outcome, (await other).Outcome));
        Assert.Equal(3, (await Engine.Store.FindAsync("limit(1)")).Total);
    }

    [Fact]
    public async Task Many_tasks_at_once_are_stored_all_or_none()
    {
        ScheduleTask[] tasks = [.. Enumerable.Range(0, 20).Select(static i => new ScheduleTask { FunctionName = $"f{i}" })];
        Engine.Faulty.BeforeCommit = static _ => throw new InvalidOperationException("A row that cannot be stored.");
        await Assert.ThrowsAsync<InvalidOperationException>(() => Engine.Transitions.ScheduleAllAsync(tasks));
        Assert.Equal(0, (await Engine.Store.FindAsync("limit(1)")).Total);
        Engine.Faulty.BeforeCommit = null;

        var stored = await Engine.Transitions.ScheduleAllAsync(tasks);

        Assert.Equal(tasks.Select(static task => task.FunctionName), stored.Select(static task => task.FunctionName));
        Assert.Equal(20, (await Engine.Store.FindAsync("limit(1)")).Total);
        foreach (var task in stored)
        {
            Assert.True(await Engine.HasPlaceAsync(task.Id));
        }

        Assert.Equal(2, Engine.Faulty.Batches.Count);
    }
}
