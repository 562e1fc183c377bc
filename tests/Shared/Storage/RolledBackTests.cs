using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>
/// Changes that are sent again, over either store: after their transaction was rolled back, or when nobody knows whether it was
/// committed.
/// </summary>
public abstract class RolledBackTests : CommitTest
{
    private protected RolledBackTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_task_that_is_sent_again_starts_when_it_is_stored_as_its_caller_sees()
    {
        // The store refuses a successor whose id is taken, after it has written the other tasks of the batch.
        var (running, taken) = (await RunningTaskAsync(), await Engine.ScheduleAsync());
        var (one, many) = (TaskId.New(), new ScheduleTask[] { new() { FunctionName = "a" }, new() { FunctionName = "b" } });
        var release = await HoldAsync();
        Engine.Faulty.BeforeCommit = _ => Engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        var scheduling = Engine.RaiseAsync(Schedule(one));
        var schedulingMany = Engine.Transitions.ScheduleAllAsync(many);
        var failing = Engine.RaiseAsync(
            new FunctionFailed(running.Id.ToGuid(), running.ClaimId!.Value, Error, null, new(taken.ToString(), TimeSpan.Zero)));
        release();

        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        foreach (var scheduled in (await schedulingMany).Append((await scheduling).Task!))
        {
            var stored = (await Engine.FindAsync(scheduled.Id))!;
            Assert.Equal(stored.CreationTimestamp, stored.StartTimestamp);
            Assert.Equal(
                (stored.Number, stored.Version, stored.StartTimestamp, stored.CreationTimestamp, stored.UpdateTimestamp),
                (scheduled.Number, scheduled.Version, scheduled.StartTimestamp, scheduled.CreationTimestamp, scheduled.UpdateTimestamp));
        }
    }

    [Fact]
    public async Task A_change_whose_transaction_is_rolled_back_is_left_as_it_was()
    {
        var (running, taken) = (await RunningTaskAsync(), await Engine.ScheduleAsync());
        var version = running.Version;
        TaskChange insert = new()
        {
            Task = new TaskSaga { Id = TaskId.New(), Status = TaskStates.New, FunctionName = "greet" },
            ExpectedVersion = null,
            WorkerBefore = null,
        };
        (running.Status, running.RetriedByTaskId) = (TaskStates.Retried, taken);
        TaskChange retried = new() { Task = running, ExpectedVersion = version, WorkerBefore = Worker };
        retried.Inserts.Add(new()
        {
            Task = new TaskSaga { Id = taken, Status = TaskStates.New, FunctionName = "greet" },
            ExpectedVersion = null,
            WorkerBefore = null,
            DueAfter = TimeSpan.Zero,
        });
        var changed = running.StatusChangedTimestamp;

        await Assert.ThrowsAnyAsync<Exception>(() => Engine.Store.CommitAsync([insert, retried], default));

        Assert.Equal(
            (0L, (DateTimeOffset?)null, default(DateTimeOffset)),
            (insert.Task.Number, insert.Task.StartTimestamp, insert.Task.CreationTimestamp));
        Assert.Equal((version, changed), (retried.Task.Version, retried.Task.StatusChangedTimestamp));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task A_batch_whose_commit_arrives_late_is_accepted(int count, bool isClaimedMeanwhile)
    {
        var late = ArrivesLate(isClaimedMeanwhile
            ? async changes => Assert.Equal(
                TransitionOutcome.Applied, (await Engine.RaiseBehindItsBackAsync(Claim(changes[0].Task.Id))).Outcome)
            : static _ => Task.CompletedTask);

        var stored = await Engine.Transitions.ScheduleAllAsync(
            [.. Enumerable.Range(0, count).Select(static i => new ScheduleTask { FunctionName = $"f{i}" })]);

        await late;
        Assert.Equal(Enumerable.Range(0, count).Select(static i => $"f{i}"), stored.Select(static task => task.FunctionName));
        Assert.Equal(count, (await Engine.Store.FindAsync("limit(1)")).Total);
        Assert.All(stored, static task => Assert.NotEqual(0, task.Number));
        Assert.Equal(isClaimedMeanwhile ? TaskStates.InProgress : TaskStates.New, await Engine.StateAsync(stored[0].Id));
    }

    [Fact]
    public async Task A_cancel_whose_commit_arrives_late_has_canceled()
    {
        var id = await Engine.ScheduleAsync();
        var late = ArrivesLate(static _ => Task.CompletedTask);

        var canceled = await Engine.RaiseAsync(new CancelTask(id.ToString()));

        await late;
        Assert.Equal((TransitionOutcome.Applied, TaskStates.Canceled), (canceled.Outcome, canceled.Task!.Status));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await Engine.EventsAsync(id));
    }

    [Fact]
    public async Task A_task_that_cannot_be_stored_at_all_still_fails_after_an_unknown_commit()
    {
        var unknown = true;
        Engine.Faulty.BeforeCommit = _ => throw (unknown
            ? new CommitOutcomeUnknownException("Not confirmed.")
            : new InvalidOperationException("A row that cannot be stored."));
        Engine.Faulty.BeforeLoad = _ =>
        {
            unknown = false;
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<InvalidOperationException>(() => Engine.Transitions.ScheduleAllAsync([new() { FunctionName = "greet" }]));
    }

    /// <summary>The next commit is not confirmed. It arrives after its tasks were looked for, just when it is sent again.</summary>
    /// <returns>Completes when it has arrived.</returns>
    private Task ArrivesLate(Func<IReadOnlyList<TaskChange>, Task> then)
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Engine.Faulty.BeforeCommit = first =>
        {
            Engine.Faulty.BeforeCommit = async _ =>
            {
                Engine.Faulty.BeforeCommit = null;
                await Engine.Store.CommitAsync(first, default);
                await then(first);
                arrived.SetResult();
            };
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        return arrived.Task.EndsAsync();
    }
}
