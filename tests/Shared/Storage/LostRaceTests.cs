using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Steps that another server overtakes between their reading and their commit, over either store.</summary>
public abstract class LostRaceTests : CommitTest
{
    private protected LostRaceTests(StoredEngine engine)
        : base(engine)
    {
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
        var failing = Engine.RaiseAsync(
            new FunctionFailed(task.Id.ToGuid(), task.ClaimId!.Value, Error, "said", new(successor.ToString(), TimeSpan.Zero)));
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

    private void ChangeBehindTheNextCommit(object message) => Engine.Faulty.BeforeCommit = async _ =>
    {
        Engine.Faulty.BeforeCommit = null;
        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseBehindItsBackAsync(message)).Outcome);
    };
}
