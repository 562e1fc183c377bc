using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What is sent again after its transaction was rolled back, or when nobody knows whether it was committed, over either store.</summary>
public abstract class RolledBackTests : IAsyncLifetime
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");

    private readonly StoredEngine _engine;
    private Guid _worker;

    private protected RolledBackTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task A_task_that_is_sent_again_starts_when_it_is_stored_as_its_caller_sees()
    {
        // The store refuses a successor whose id is taken, after it has written the other tasks of the batch.
        var (running, taken) = (await RunningAsync(), await _engine.ScheduleAsync());
        var (one, many) = (TaskId.New(), new ScheduleTask[] { new() { FunctionName = "a" }, new() { FunctionName = "b" } });
        var release = await HoldAsync();
        _engine.Faulty.BeforeCommit = _ => _engine.AdvanceAsync(TimeSpan.FromSeconds(1));
        var scheduling = _engine.RaiseAsync(Schedule(one));
        var schedulingMany = _engine.Transitions.ScheduleAllAsync(many);
        var failing = _engine.RaiseAsync(new FunctionFailed(running.Id.ToGuid(), running.ClaimId!.Value, s_error, null, new(taken.ToString(), TimeSpan.Zero)));
        release();

        await Assert.ThrowsAnyAsync<Exception>(() => failing);
        foreach (var scheduled in (await schedulingMany).Append((await scheduling).Task!))
        {
            var stored = (await _engine.FindAsync(scheduled.Id))!;
            Assert.Equal(stored.CreationTimestamp, stored.StartTimestamp);
            Assert.Equal(
                (stored.Number, stored.Version, stored.StartTimestamp, stored.CreationTimestamp, stored.UpdateTimestamp),
                (scheduled.Number, scheduled.Version, scheduled.StartTimestamp, scheduled.CreationTimestamp, scheduled.UpdateTimestamp));
        }
    }

    [Fact]
    public async Task A_change_whose_transaction_is_rolled_back_is_left_as_it_was()
    {
        var (running, taken) = (await RunningAsync(), await _engine.ScheduleAsync());
        var version = running.Version;
        TaskChange insert = new() { Task = new TaskState { Id = TaskId.New(), Status = TaskStates.New, FunctionName = "greet" }, ExpectedVersion = null, WorkerBefore = null };
        (running.Status, running.RetriedByTaskId) = (TaskStates.Retried, taken);
        TaskChange retried = new() { Task = running, ExpectedVersion = version, WorkerBefore = _worker };
        retried.Inserts.Add(new() { Task = new TaskState { Id = taken, Status = TaskStates.New, FunctionName = "greet" }, ExpectedVersion = null, WorkerBefore = null, DueAfter = TimeSpan.Zero });
        var changed = running.StatusChangedTimestamp;

        await Assert.ThrowsAnyAsync<Exception>(() => _engine.Store.CommitAsync([insert, retried], default));

        Assert.Equal((0L, (DateTimeOffset?)null, default(DateTimeOffset)), (insert.Task.Number, insert.Task.StartTimestamp, insert.Task.CreationTimestamp));
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
            ? async changes => Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseBehindItsBackAsync(Claim(changes[0].Task.Id))).Outcome)
            : static _ => Task.CompletedTask);

        var stored = await _engine.Transitions.ScheduleAllAsync([.. Enumerable.Range(0, count).Select(static i => new ScheduleTask { FunctionName = $"f{i}" })]);

        await late;
        Assert.Equal(Enumerable.Range(0, count).Select(static i => $"f{i}"), stored.Select(static task => task.FunctionName));
        Assert.Equal(count, (await _engine.Store.FindAsync("limit(1)")).Total);
        Assert.All(stored, static task => Assert.NotEqual(0, task.Number));
        Assert.Equal(isClaimedMeanwhile ? TaskStates.InProgress : TaskStates.New, await _engine.StateAsync(stored[0].Id));
    }

    [Fact]
    public async Task A_cancel_whose_commit_arrives_late_has_canceled()
    {
        var id = await _engine.ScheduleAsync();
        var late = ArrivesLate(static _ => Task.CompletedTask);

        var canceled = await _engine.RaiseAsync(new CancelTask(id.ToString()));

        await late;
        Assert.Equal((TransitionOutcome.Applied, TaskStates.Canceled), (canceled.Outcome, canceled.Task!.Status));
        Assert.Equal(["TaskScheduled", "TaskCanceled"], await _engine.EventsAsync(id));
    }

    [Fact]
    public async Task A_task_that_cannot_be_stored_at_all_still_fails_after_an_unknown_commit()
    {
        var unknown = true;
        _engine.Faulty.BeforeCommit = _ => throw (unknown ? new CommitOutcomeUnknownException("Not confirmed.") : new InvalidOperationException("A row that cannot be stored."));
        _engine.Faulty.BeforeLoad = _ =>
        {
            unknown = false;
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<InvalidOperationException>(() => _engine.Transitions.ScheduleAllAsync([new() { FunctionName = "greet" }]));
    }

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        _worker = await _engine.AddWorkerAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static ScheduleTask Schedule(TaskId id) => new() { TaskId = id.ToString(), FunctionName = "greet" };

    private TaskClaimed Claim(TaskId id) => new(id.ToGuid(), Guid.NewGuid(), _worker, TimeSpan.FromMinutes(5));

    private async Task<TaskRecord> RunningAsync()
    {
        var id = await _engine.ScheduleAsync();
        Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseAsync(Claim(id))).Outcome);
        return (await _engine.FindAsync(id))!;
    }

    private async Task<Action> HoldAsync()
    {
        var held = _engine.Faulty.HoldNextCommit();
        _ = _engine.RaiseAsync(Schedule(TaskId.New()));
        return await held.EndsAsync();
    }

    /// <summary>The next commit is not confirmed, and arrives after its tasks were looked for: just when it is sent again.</summary>
    /// <returns>Completes when it has arrived.</returns>
    private Task ArrivesLate(Func<IReadOnlyList<TaskChange>, Task> then)
    {
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Faulty.BeforeCommit = first =>
        {
            _engine.Faulty.BeforeCommit = async _ =>
            {
                _engine.Faulty.BeforeCommit = null;
                await _engine.Store.CommitAsync(first, default);
                await then(first);
                arrived.SetResult();
            };
            throw new CommitOutcomeUnknownException("Not confirmed.");
        };
        return arrived.Task.EndsAsync();
    }
}
