using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Commits of which nobody knows whether they arrived, and a store that is away, over either store.</summary>
public abstract class UnknownCommitTests : CommitTest
{
    private protected UnknownCommitTests(StoredEngine engine)
        : base(engine)
    {
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
        Assert.Equal(
            (stored.Number, stored.CreationTimestamp, stored.StartTimestamp),
            (scheduled.Task!.Number, scheduled.Task.CreationTimestamp, scheduled.Task.StartTimestamp));
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_the_store_is_away_callers_are_told_and_may_try_again(bool onLoad)
    {
        var away = true;
        Task Reach() => away ? throw new StoreUnavailableException("Away.") : Task.CompletedTask;
        Engine.Faulty.BeforeLoad = onLoad ? _ => Reach() : null;
        Engine.Faulty.BeforeCommit = onLoad ? null : _ => Reach();
        // A step on an existing task reads it; a step that makes a task does not.
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

    private void LoseTheNextAnswer(bool committed)
    {
        Task Lose()
        {
            (Engine.Faulty.BeforeCommit, Engine.Faulty.AfterCommit) = (null, null);
            throw new CommitOutcomeUnknownException("Not confirmed.");
        }

        if (committed)
        {
            // The commit that is held now is not the one to lose.
            var gathered = Engine.Faulty.Batches.Count;
            Engine.Faulty.AfterCommit = _ => Engine.Faulty.Batches.Count > gathered ? Lose() : Task.CompletedTask;
        }
        else
        {
            Engine.Faulty.BeforeCommit = _ => Lose();
        }
    }
}
