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
        var waits = Enumerable.Range(1, 1_000).Select(GroupCommit.WaitForHeld).ToArray();

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

        // The second batch takes its tasks to be new, and learns from their inserts that they are not.
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
        // A successor whose id is taken: refused by the store in the middle of the transaction.
        var (bad, good, taken) = (await RunningTaskAsync(), await RunningTaskAsync(), await Engine.ScheduleAsync());
        var release = await HoldAsync();
        var failing = Engine.RaiseAsync(new FunctionFailed(bad.Id.ToGuid(), bad.ClaimId!.Value, Error, "said", new(taken.ToString(), TimeSpan.Zero)));
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
    public async Task A_claim_that_loses_its_race_writes_nothing_and_is_computed_again()
    {
        var (id, other) = (await Engine.ScheduleAsync(), await Engine.ScheduleAsync());
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(new CancelTask(id.ToString()));
        var claiming = Engine.RaiseAsync(Claim(id));
        var claimingOther = Engine.RaiseAsync(Claim(other));
        release();

        Assert.Equal(TransitionOutcome.Applied, (await claimingOther).Outcome);
        var claimed = await claiming;
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.Canceled), (claimed.Outcome, claimed.Task!.Status));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await Engine.EventsAsync(id));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await Engine.EventsAsync(other));
        Assert.Equal(1, await Engine.RunningAsync(Worker));
        Assert.Null((await Engine.FindAsync(id))!.ClaimId);
        Assert.Empty(await Engine.RowsAsync($"select id from running_tasks where id = {Engine.Literal(id)}"));
    }

    [Fact]
    public async Task A_failure_that_loses_its_race_leaves_no_successor_log_event_or_count()
    {
        var task = await RunningTaskAsync();
        var successor = TaskId.New();
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(new TimeLimitReached(task.Id.ToGuid(), TimeSpan.Zero));
        var failing = Engine.RaiseAsync(new FunctionFailed(task.Id.ToGuid(), task.ClaimId!.Value, Error, "said", new(successor.ToString(), TimeSpan.Zero)));
        release();

        var failed = await failing;
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.Failed), (failed.Outcome, failed.Task!.Status));
        Assert.Equal(TaskErrorNames.TimeLimitExceeded, (await Engine.FindAsync(task.Id))!.Error!.Name);
        Assert.Null(await Engine.FindAsync(successor));
        Assert.Empty(await Engine.EventsAsync(successor));
        Assert.Null(await Engine.Store.LogAsync(task.Id, default));
        Assert.Equal(["TaskScheduled", "TaskStarted", "TaskFailed"], await Engine.EventsAsync(task.Id));
        Assert.Equal(0, await Engine.RunningAsync(Worker));
    }

    [Fact]
    public async Task A_step_that_loses_its_race_and_still_means_something_is_taken_alone()
    {
        var id = await Engine.ScheduleAsync();
        var stale = (await Engine.FindAsync(id))!;
        var claim = Claim(id);
        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseBehindItsBackAsync(claim)).Outcome);
        await Engine.RaiseBehindItsBackAsync(new FunctionNotRun(id.ToGuid(), claim.ClaimId, Error, StoredEngine.Start, TimeSpan.Zero));

        var canceled = await Engine.RaiseAsync(new CancelTask(id.ToString()), stale);

        Assert.Equal((TransitionOutcome.Applied, TaskStates.Canceled), (canceled.Outcome, canceled.Task!.Status));
        Assert.Equal([[id], [id]], Engine.Faulty.Batches.TakeLast(2));
        Assert.Equal(3, (await Engine.FindAsync(id))!.Version);
        Assert.Equal(["TaskScheduled", "TaskStarted", "TaskCanceled"], await Engine.EventsAsync(id));
        Assert.False(await Engine.HasPlaceAsync(id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_claim_whose_commit_is_unknown_is_taken_exactly_once(bool committed)
    {
        var (id, other) = (await Engine.ScheduleAsync(), await Engine.ScheduleAsync());
        var release = await HoldAsync();
        LoseTheNextAnswer(committed);
        var (claim, cancel) = (Claim(id), new CancelTask(other.ToString()));
        var claiming = Engine.RaiseAsync(claim);
        var canceling = Engine.RaiseAsync(cancel);
        release();

        var claimed = await claiming;
        Assert.Equal(TransitionOutcome.Applied, claimed.Outcome);
        Assert.Equal((claim.ClaimId, TaskStates.InProgress, 1L), (claimed.Task!.ClaimId!.Value, claimed.Task.Status, claimed.Task.Version));
        Assert.Equal(TransitionOutcome.Applied, (await canceling).Outcome);
        var stored = (await Engine.FindAsync(id))!;
        Assert.Equal((claim.ClaimId, TaskStates.InProgress, 1L), (stored.ClaimId!.Value, stored.Status, stored.Version));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await Engine.EventsAsync(id));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await Engine.EventsAsync(other));
        Assert.Equal(1, await Engine.RunningAsync(Worker));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_schedule_whose_commit_is_unknown_makes_one_task(bool committed)
    {
        var release = await HoldAsync();
        LoseTheNextAnswer(committed);
        var id = TaskId.New();
        var scheduling = Engine.RaiseAsync(Schedule(id));
        release();

        var scheduled = await scheduling;
        var stored = (await Engine.FindAsync(id))!;
        Assert.Equal(TransitionOutcome.Applied, scheduled.Outcome);
        Assert.Equal((stored.Number, stored.CreationTimestamp, stored.StartTimestamp), (scheduled.Task!.Number, scheduled.Task.CreationTimestamp, scheduled.Task.StartTimestamp));
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(id));
    }

    [Fact]
    public async Task Of_two_claims_the_one_that_an_unknown_commit_took_is_the_only_winner()
    {
        var id = await Engine.ScheduleAsync();
        var release = await HoldAsync();
        var (mine, theirs) = (Claim(id), Claim(id));
        Engine.Faulty.BeforeCommit = async _ =>
        {
            Engine.Faulty.BeforeCommit = null;
            await Engine.RaiseBehindItsBackAsync(theirs);
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        var claiming = Engine.RaiseAsync(mine);
        release();

        var claimed = await claiming;
        Assert.Equal(TransitionOutcome.Ignored, claimed.Outcome);
        Assert.Equal(theirs.ClaimId, claimed.Task!.ClaimId);
        Assert.Equal(1, await Engine.RunningAsync(Worker));
    }

    [Fact]
    public async Task A_claim_that_stays_unknown_is_found_by_its_id_when_it_is_tried_again()
    {
        var id = await Engine.ScheduleAsync();
        var claim = Claim(id);
        var away = false;
        Engine.Faulty.AfterCommit = _ =>
        {
            Engine.Faulty.AfterCommit = null;
            away = true;
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        Engine.Faulty.BeforeLoad = _ => away ? throw new StoreUnavailableException("Away.") : Task.CompletedTask;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Engine.RaiseAsync(claim));
        away = false;

        var again = await Engine.RaiseAsync(claim);

        Assert.NotEqual(TransitionOutcome.Refused, again.Outcome);
        Assert.Equal((TaskStates.InProgress, claim.ClaimId), (again.Task!.Status, again.Task.ClaimId!.Value));
        Assert.Equal(1, await Engine.RunningAsync(Worker));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await Engine.EventsAsync(id));
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_store_is_away_callers_are_told_and_may_try_again(bool onLoad)
    {
        var away = true;
        Task Reach() => away ? throw new StoreUnavailableException("Away.") : Task.CompletedTask;
        Engine.Faulty.BeforeLoad = onLoad ? _ => Reach() : null;
        Engine.Faulty.BeforeCommit = onLoad ? null : _ => Reach();
        // A step on a task that is there reads it; one that makes a task does not.
        TaskId[] ids = onLoad ? [await Engine.ScheduleAsync(), await Engine.ScheduleAsync()] : [TaskId.New(), TaskId.New()];
        Task<TransitionResult> Step(TaskId id) => Engine.RaiseAsync(onLoad ? (object)new CancelTask(id.ToString()) : Schedule(id));
        var tries = ids.Select(Step).ToArray();

        foreach (var attempt in tries)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => attempt);
        }

        away = false;
        var results = await Task.WhenAll(ids.Select(Step));
        Assert.All(results, static result => Assert.Equal(TransitionOutcome.Applied, result.Outcome));
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
    public async Task Two_servers_that_schedule_one_id_at_once_make_one_task()
    {
        var id = TaskId.New();
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(Schedule(id) with { FunctionName = "theirs" });
        var scheduling = Engine.RaiseAsync(Schedule(id) with { FunctionName = "mine" });
        release();

        var scheduled = await scheduling;
        Assert.Equal((TransitionOutcome.Ignored, "theirs"), (scheduled.Outcome, scheduled.Task!.FunctionName));
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

    private void ChangeBehindTheNextCommit(object message) => Engine.Faulty.BeforeCommit = async _ =>
    {
        Engine.Faulty.BeforeCommit = null;
        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseBehindItsBackAsync(message)).Outcome);
    };

    private void LoseTheNextAnswer(bool committed)
    {
        Task Lose()
        {
            (Engine.Faulty.BeforeCommit, Engine.Faulty.AfterCommit) = (null, null);
            throw new CommitOutcomeUnknownException("Not confirmed.");
        }

        if (committed)
        {
            // The commit that is held up now is not the one.
            var gathered = Engine.Faulty.Batches.Count;
            Engine.Faulty.AfterCommit = _ => Engine.Faulty.Batches.Count > gathered ? Lose() : Task.CompletedTask;
        }
        else
        {
            Engine.Faulty.BeforeCommit = _ => Lose();
        }
    }
}
