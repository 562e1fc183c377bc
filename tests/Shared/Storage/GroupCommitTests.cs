using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Group commits over either store.</summary>
public abstract class GroupCommitTests : IAsyncLifetime
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");

    private readonly StoredEngine _engine;
    private Guid _worker;

    private protected GroupCommitTests(StoredEngine engine) => _engine = engine;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancel_and_a_claim_that_gather_together_have_one_winner(bool cancelFirst)
    {
        var id = await _engine.ScheduleAsync();
        var release = await HoldAsync();
        var (cancel, claim) = (new CancelTask(id.ToString()), Claim(id));

        Task<TransitionResult> canceled, claimed;
        if (cancelFirst)
        {
            canceled = _engine.RaiseAsync(cancel);
            claimed = _engine.RaiseAsync(claim);
        }
        else
        {
            claimed = _engine.RaiseAsync(claim);
            canceled = _engine.RaiseAsync(cancel);
        }

        release();
        var (winner, loser) = cancelFirst ? (await canceled, await claimed) : (await claimed, await canceled);

        Assert.Equal(TransitionOutcome.Applied, winner.Outcome);
        Assert.Equal(TransitionOutcome.Ignored, loser.Outcome);
        var expected = cancelFirst ? TaskStates.Canceled : TaskStates.InProgress;
        Assert.Equal(expected, loser.Task!.Status);
        Assert.Equal(expected, await _engine.StateAsync(id));
        Assert.Equal(["TaskScheduled", cancelFirst ? "TaskCanceled" : "TaskStarted"], await _engine.EventsAsync(id));
        Assert.Equal(cancelFirst ? 0 : 1, await _engine.RunningAsync(_worker));
        Assert.False(await _engine.HasPlaceAsync(id));
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
        var tasks = ids.Reverse().Concat(ids).Select(id => _engine.RaiseAsync(Schedule(id))).ToArray();
        release();
        var results = await Task.WhenAll(tasks);

        // The second batch takes its tasks to be new, and learns from their inserts that they are not.
        Assert.Equal([.. ids.Reverse()], _engine.Faulty.Batches[^2]);
        Assert.Equal(ids, _engine.Faulty.Batches[^1]);
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
        _engine.Faulty.BeforeCommit = changes => changes.Any(change => change.Task.Id == ids[bad])
            ? throw new InvalidOperationException("A row that cannot be stored.") : Task.CompletedTask;
        var tasks = ids.Select(id => _engine.RaiseAsync(Schedule(id))).ToArray();
        release();

        for (var i = 0; i < ids.Length; i++)
        {
            if (i == bad)
            {
                await Assert.ThrowsAsync<InvalidOperationException>(() => tasks[i]);
                Assert.Null(await _engine.FindAsync(ids[i]));
            }
            else
            {
                Assert.Equal(TransitionOutcome.Applied, (await tasks[i]).Outcome);
                Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(ids[i]));
            }
        }

        Assert.Contains(_engine.Faulty.Batches, static batch => batch.Length == 7);
    }

    [Fact]
    public async Task A_row_that_the_database_itself_refuses_fails_alone_and_leaves_nothing()
    {
        // A successor whose id is taken: refused by the store in the middle of the transaction.
        var (bad, good, taken) = (await RunningTaskAsync(), await RunningTaskAsync(), await _engine.ScheduleAsync());
        var release = await HoldAsync();
        var failing = _engine.RaiseAsync(new FunctionFailed(bad.Id.ToGuid(), bad.ClaimId!.Value, s_error, "said", new(taken.ToString(), TimeSpan.Zero)));
        var reporting = _engine.RaiseAsync(new FunctionReturned(good.Id.ToGuid(), good.ClaimId!.Value, null));
        release();

        Assert.IsNotType<StoreUnavailableException>(await Assert.ThrowsAnyAsync<Exception>(() => failing));
        Assert.Equal(TransitionOutcome.Applied, (await reporting).Outcome);
        Assert.Equal(TaskStates.InProgress, await _engine.StateAsync(bad.Id));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await _engine.EventsAsync(bad.Id));
        Assert.Null(await _engine.Store.LogAsync(bad.Id, default));
        Assert.Equal(TaskStates.Complete, await _engine.StateAsync(good.Id));
        Assert.Equal(1, await _engine.RunningAsync(_worker));
    }

    [Fact]
    public async Task A_claim_that_loses_its_race_writes_nothing_and_is_computed_again()
    {
        var (id, other) = (await _engine.ScheduleAsync(), await _engine.ScheduleAsync());
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(new CancelTask(id.ToString()));
        var claiming = _engine.RaiseAsync(Claim(id));
        var claimingOther = _engine.RaiseAsync(Claim(other));
        release();

        Assert.Equal(TransitionOutcome.Applied, (await claimingOther).Outcome);
        var claimed = await claiming;
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.Canceled), (claimed.Outcome, claimed.Task!.Status));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await _engine.EventsAsync(id));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await _engine.EventsAsync(other));
        Assert.Equal(1, await _engine.RunningAsync(_worker));
        Assert.Null((await _engine.FindAsync(id))!.ClaimId);
        Assert.Empty(await _engine.RowsAsync($"select id from running_tasks where id = {_engine.Literal(id)}"));
    }

    [Fact]
    public async Task A_failure_that_loses_its_race_leaves_no_successor_log_event_or_count()
    {
        var task = await RunningTaskAsync();
        var successor = TaskId.New();
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(new TimeLimitReached(task.Id.ToGuid(), TimeSpan.Zero));
        var failing = _engine.RaiseAsync(new FunctionFailed(task.Id.ToGuid(), task.ClaimId!.Value, s_error, "said", new(successor.ToString(), TimeSpan.Zero)));
        release();

        var failed = await failing;
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.Failed), (failed.Outcome, failed.Task!.Status));
        Assert.Equal(TaskErrorNames.TimeLimitExceeded, (await _engine.FindAsync(task.Id))!.Error!.Name);
        Assert.Null(await _engine.FindAsync(successor));
        Assert.Empty(await _engine.EventsAsync(successor));
        Assert.Null(await _engine.Store.LogAsync(task.Id, default));
        Assert.Equal(["TaskScheduled", "TaskStarted", "TaskFailed"], await _engine.EventsAsync(task.Id));
        Assert.Equal(0, await _engine.RunningAsync(_worker));
    }

    [Fact]
    public async Task A_step_that_loses_its_race_and_still_means_something_is_taken_alone()
    {
        var id = await _engine.ScheduleAsync();
        var stale = (await _engine.FindAsync(id))!;
        var claim = Claim(id);
        Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseBehindItsBackAsync(claim)).Outcome);
        await _engine.RaiseBehindItsBackAsync(new FunctionNotRun(id.ToGuid(), claim.ClaimId, s_error, StoredEngine.Start, TimeSpan.Zero));

        var canceled = await _engine.RaiseAsync(new CancelTask(id.ToString()), stale);

        Assert.Equal((TransitionOutcome.Applied, TaskStates.Canceled), (canceled.Outcome, canceled.Task!.Status));
        Assert.Equal([[id], [id]], _engine.Faulty.Batches.TakeLast(2));
        Assert.Equal(3, (await _engine.FindAsync(id))!.Version);
        Assert.Equal(["TaskScheduled", "TaskStarted", "TaskCanceled"], await _engine.EventsAsync(id));
        Assert.False(await _engine.HasPlaceAsync(id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_claim_whose_commit_is_unknown_is_taken_exactly_once(bool committed)
    {
        var (id, other) = (await _engine.ScheduleAsync(), await _engine.ScheduleAsync());
        var release = await HoldAsync();
        LoseTheNextAnswer(committed);
        var (claim, cancel) = (Claim(id), new CancelTask(other.ToString()));
        var claiming = _engine.RaiseAsync(claim);
        var canceling = _engine.RaiseAsync(cancel);
        release();

        var claimed = await claiming;
        Assert.Equal(TransitionOutcome.Applied, claimed.Outcome);
        Assert.Equal((claim.ClaimId, TaskStates.InProgress, 1L), (claimed.Task!.ClaimId!.Value, claimed.Task.Status, claimed.Task.Version));
        Assert.Equal(TransitionOutcome.Applied, (await canceling).Outcome);
        var stored = (await _engine.FindAsync(id))!;
        Assert.Equal((claim.ClaimId, TaskStates.InProgress, 1L), (stored.ClaimId!.Value, stored.Status, stored.Version));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await _engine.EventsAsync(id));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await _engine.EventsAsync(other));
        Assert.Equal(1, await _engine.RunningAsync(_worker));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_schedule_whose_commit_is_unknown_makes_one_task(bool committed)
    {
        var release = await HoldAsync();
        LoseTheNextAnswer(committed);
        var id = TaskId.New();
        var scheduling = _engine.RaiseAsync(Schedule(id));
        release();

        var scheduled = await scheduling;
        var stored = (await _engine.FindAsync(id))!;
        Assert.Equal(TransitionOutcome.Applied, scheduled.Outcome);
        Assert.Equal((stored.Number, stored.CreationTimestamp, stored.StartTimestamp), (scheduled.Task!.Number, scheduled.Task.CreationTimestamp, scheduled.Task.StartTimestamp));
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(id));
    }

    [Fact]
    public async Task Of_two_claims_the_one_that_an_unknown_commit_took_is_the_only_winner()
    {
        var id = await _engine.ScheduleAsync();
        var release = await HoldAsync();
        var (mine, theirs) = (Claim(id), Claim(id));
        _engine.Faulty.BeforeCommit = async _ =>
        {
            _engine.Faulty.BeforeCommit = null;
            await _engine.RaiseBehindItsBackAsync(theirs);
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        var claiming = _engine.RaiseAsync(mine);
        release();

        var claimed = await claiming;
        Assert.Equal(TransitionOutcome.Ignored, claimed.Outcome);
        Assert.Equal(theirs.ClaimId, claimed.Task!.ClaimId);
        Assert.Equal(1, await _engine.RunningAsync(_worker));
    }

    [Fact]
    public async Task A_claim_that_stays_unknown_is_found_by_its_id_when_it_is_tried_again()
    {
        var id = await _engine.ScheduleAsync();
        var claim = Claim(id);
        var away = false;
        _engine.Faulty.AfterCommit = _ =>
        {
            _engine.Faulty.AfterCommit = null;
            away = true;
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        _engine.Faulty.BeforeLoad = _ => away ? throw new StoreUnavailableException("Away.") : Task.CompletedTask;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _engine.RaiseAsync(claim));
        away = false;

        var again = await _engine.RaiseAsync(claim);

        Assert.NotEqual(TransitionOutcome.Refused, again.Outcome);
        Assert.Equal((TaskStates.InProgress, claim.ClaimId), (again.Task!.Status, again.Task.ClaimId!.Value));
        Assert.Equal(1, await _engine.RunningAsync(_worker));
        Assert.Equal(["TaskScheduled", "TaskStarted"], await _engine.EventsAsync(id));
    }

    [Fact]
    public async Task A_step_that_changes_nothing_is_not_saved()
    {
        var task = await RunningTaskAsync();
        var (commits, before) = (_engine.Faulty.Batches.Count, await _engine.SnapshotAsync(task.Id));

        var results = await Task.WhenAll(
            _engine.RaiseAsync(new CancelTask(task.Id.ToString())),
            _engine.RaiseAsync(Claim(task.Id)),
            _engine.RaiseAsync(new FunctionReturned(task.Id.ToGuid(), Guid.NewGuid(), "said")),
            _engine.RaiseAsync(new CancelTask(TaskId.New().ToString())));

        Assert.All(results, static result => Assert.Equal(TransitionOutcome.Ignored, result.Outcome));
        Assert.Null(results[3].Task);
        Assert.Equal(commits, _engine.Faulty.Batches.Count);
        Assert.Equal(before, await _engine.SnapshotAsync(task.Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_store_is_away_callers_are_told_and_may_try_again(bool onLoad)
    {
        var away = true;
        Task Reach() => away ? throw new StoreUnavailableException("Away.") : Task.CompletedTask;
        _engine.Faulty.BeforeLoad = onLoad ? _ => Reach() : null;
        _engine.Faulty.BeforeCommit = onLoad ? null : _ => Reach();
        // A step on a task that is there reads it; one that makes a task does not.
        TaskId[] ids = onLoad ? [await _engine.ScheduleAsync(), await _engine.ScheduleAsync()] : [TaskId.New(), TaskId.New()];
        Task<TransitionResult> Step(TaskId id) => _engine.RaiseAsync(onLoad ? (object)new CancelTask(id.ToString()) : Schedule(id));
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
        var lanes = CommitLanes.Separate(_engine.Store, static _ => { });
        await lanes.DisposeAsync();
        var transitions = StoredEngine.TransitionsOver(lanes, _engine.Machine);

        await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            transitions.RaiseAsync(new ScheduleRequested(TaskId.New().ToGuid(), new() { FunctionName = "greet" })));
    }

    [Fact]
    public async Task A_thousand_schedules_at_once_share_a_few_commits()
    {
        var release = await HoldAsync();
        var before = _engine.Faulty.Batches.Count;
        var tasks = Enumerable.Range(0, 1_000).Select(_ => _engine.RaiseAsync(Schedule(TaskId.New()))).ToArray();
        release();
        var results = await Task.WhenAll(tasks);

        Assert.All(results, static result => Assert.Equal(TransitionOutcome.Applied, result.Outcome));
        Assert.Equal(1_000, results.Select(static result => result.Task!.Number).Distinct().Count());
        Assert.InRange(_engine.Faulty.Batches.Count - before, 2, 3);
        Assert.All(_engine.Faulty.Batches, static batch => Assert.InRange(batch.Length, 1, GroupCommit.MaxBatch));
    }

    [Fact]
    public async Task A_single_step_commits_at_once()
    {
        await _engine.ScheduleAsync();

        Assert.Single(_engine.Faulty.Batches);
    }

    [Fact]
    public async Task The_same_id_twice_makes_one_task_and_the_first_content_wins()
    {
        var id = TaskId.New();
        var release = await HoldAsync();
        var first = _engine.RaiseAsync(Schedule(id) with { FunctionName = "first" });
        var second = _engine.RaiseAsync(Schedule(id) with { FunctionName = "second" });
        release();

        Assert.Equal(TransitionOutcome.Applied, (await first).Outcome);
        Assert.Equal((TransitionOutcome.Ignored, "first"), ((await second).Outcome, (await second).Task!.FunctionName));
        Assert.Equal("first", (await _engine.FindAsync(id))!.FunctionName);
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(id));
    }

    [Fact]
    public async Task Two_servers_that_schedule_one_id_at_once_make_one_task()
    {
        var id = TaskId.New();
        var release = await HoldAsync();
        ChangeBehindTheNextCommit(Schedule(id) with { FunctionName = "theirs" });
        var scheduling = _engine.RaiseAsync(Schedule(id) with { FunctionName = "mine" });
        release();

        var scheduled = await scheduling;
        Assert.Equal((TransitionOutcome.Ignored, "theirs"), (scheduled.Outcome, scheduled.Task!.FunctionName));
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(id));
    }

    [Fact]
    public async Task A_refused_claim_does_not_show_the_task_as_claimed()
    {
        var id = await _engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = StoredEngine.Start.AddHours(1) });

        var result = await _engine.RaiseAsync(Claim(id));

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
        await _engine.RaiseAsync(Schedule(ids[place]));
        var held = _engine.Faulty.HoldNextCommit();
        var first = _engine.RaiseAsync(Schedule(TaskId.New()));
        var release = await held;

        var group = _engine.Transitions.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "many" }, 5)], ids: ids);
        var other = _engine.RaiseAsync(Schedule(TaskId.New()));
        release();

        await Assert.ThrowsAsync<TaskIdTakenException>(() => group);
        Assert.Equal((TransitionOutcome.Applied, TransitionOutcome.Applied), ((await first).Outcome, (await other).Outcome));
        Assert.Equal(3, (await _engine.Store.FindAsync("limit(1)")).Total);
    }

    [Fact]
    public async Task Many_tasks_at_once_are_stored_all_or_none()
    {
        ScheduleTask[] tasks = [.. Enumerable.Range(0, 20).Select(static i => new ScheduleTask { FunctionName = $"f{i}" })];
        _engine.Faulty.BeforeCommit = static _ => throw new InvalidOperationException("A row that cannot be stored.");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _engine.Transitions.ScheduleAllAsync(tasks));
        Assert.Equal(0, (await _engine.Store.FindAsync("limit(1)")).Total);
        _engine.Faulty.BeforeCommit = null;

        var stored = await _engine.Transitions.ScheduleAllAsync(tasks);

        Assert.Equal(tasks.Select(static task => task.FunctionName), stored.Select(static task => task.FunctionName));
        Assert.Equal(20, (await _engine.Store.FindAsync("limit(1)")).Total);
        foreach (var task in stored)
        {
            Assert.True(await _engine.HasPlaceAsync(task.Id));
        }

        Assert.Equal(2, _engine.Faulty.Batches.Count);
    }

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        _worker = await _engine.AddWorkerAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static ScheduleTask Schedule(TaskId id) => new() { TaskId = id.ToString(), FunctionName = "greet" };

    private TaskClaimed Claim(TaskId id) => new(id.ToGuid(), Guid.NewGuid(), _worker, TimeSpan.FromMinutes(5));

    private async Task<TaskRecord> RunningTaskAsync()
    {
        var id = await _engine.ScheduleAsync();
        Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseAsync(Claim(id))).Outcome);
        return (await _engine.FindAsync(id))!;
    }

    /// <summary>Lets a commit begin and hold: what is submitted now gathers behind it.</summary>
    private async Task<Action> HoldAsync()
    {
        var held = _engine.Faulty.HoldNextCommit();
        _ = _engine.RaiseAsync(Schedule(TaskId.New()));
        return await held.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private void ChangeBehindTheNextCommit(object message) => _engine.Faulty.BeforeCommit = async _ =>
    {
        _engine.Faulty.BeforeCommit = null;
        Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseBehindItsBackAsync(message)).Outcome);
    };

    private void LoseTheNextAnswer(bool committed)
    {
        Task Lose()
        {
            (_engine.Faulty.BeforeCommit, _engine.Faulty.AfterCommit) = (null, null);
            throw new CommitOutcomeUnknownException("Not confirmed.");
        }

        if (committed)
        {
            // The commit that is held up now is not the one.
            var gathered = _engine.Faulty.Batches.Count;
            _engine.Faulty.AfterCommit = _ => _engine.Faulty.Batches.Count > gathered ? Lose() : Task.CompletedTask;
        }
        else
        {
            _engine.Faulty.BeforeCommit = _ => Lose();
        }
    }
}
