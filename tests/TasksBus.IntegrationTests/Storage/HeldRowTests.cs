using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A task that another transaction holds, or that many callers want at once, does not hold up the others of its lane.</summary>
public sealed class HeldRowTests(LocalServers servers) : PostgresTest(servers)
{
    public enum Step
    {
        Claim,
        Cancel,
        Return,
        Snooze,
    }

    [Theory]
    [InlineData(Step.Claim)]
    [InlineData(Step.Cancel)]
    [InlineData(Step.Return)]
    [InlineData(Step.Snooze)]
    public async Task A_task_that_is_held_waits_alone_and_takes_its_step_once_it_is_free(Step step)
    {
        var peer = Engine.AddPeer();
        var worker = await Engine.AddWorkerAsync(slots: 100);
        TaskId held = await Engine.ScheduleAsync(), other = await Engine.ScheduleAsync(), later = await Engine.ScheduleAsync();
        var isRunning = step is Step.Return or Step.Snooze;
        Dictionary<TaskId, Guid> claims = [];
        foreach (var id in isRunning ? [held, other, later] : Array.Empty<TaskId>())
        {
            claims[id] = (await peer.RaiseAsync(Claim(id, worker))).Task!.ClaimId!.Value;
        }

        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        var table = isRunning ? "running_tasks" : "waiting_tasks";
        await using (NpgsqlCommand hold = new($"select from {table} where id = {Engine.Literal(held)} for update", holding))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var waiting = TakeAsync(held);
        Assert.Equal(TransitionOutcome.Applied, (await TakeAsync(other).EndsAsync()).Outcome);
        Assert.Equal(TransitionOutcome.Applied, (await TakeAsync(later).EndsAsync()).Outcome);
        Assert.False(waiting.IsCompleted, "The step was taken while another transaction held its task.");
        await transaction.RollbackAsync();

        Assert.Equal(TransitionOutcome.Applied, (await waiting.EndsAsync()).Outcome);

        Task<TransitionResult> TakeAsync(TaskId id) => peer.RaiseAsync(step switch
        {
            Step.Claim => Claim(id, worker),
            Step.Cancel => new CancelTask(id.ToString()),
            Step.Return => new FunctionReturned(id.ToGuid(), claims[id], "said"),
            _ => new FunctionNotRun(
                id.ToGuid(), claims[id], new(TaskErrorTypes.Invocation, "Throttled", "It was throttled."), StoredEngine.Start,
                TimeSpan.FromSeconds(1)),
        });
    }

    [Fact]
    public async Task A_task_that_is_gone_is_not_taken_for_one_that_is_held()
    {
        var peer = Engine.AddPeer();
        var worker = await Engine.AddWorkerAsync(slots: 100);
        TaskId held = await Engine.ScheduleAsync(), gone = await Engine.ScheduleAsync();
        var known = (await Engine.FindAsync(gone))!;
        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (NpgsqlCommand hold = new($"select from waiting_tasks where id = {Engine.Literal(held)} for update", holding))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var waiting = peer.RaiseAsync(Claim(held, worker));
        await peer.RaiseAsync(Claim(await Engine.ScheduleAsync(), worker)).EndsAsync();
        await Engine.RaiseAsync(new CancelTask(gone.ToString()));
        var again = known.Copy();
        again.Status = TaskStates.Canceled;
        var outcomes = await peer.Store.CommitAsync(
            [new() { Task = again, ExpectedVersion = known.Version, WorkerBefore = null }], default);
        Assert.Equal([CommitOutcome.Conflict], outcomes);
        await transaction.RollbackAsync();
        await waiting.EndsAsync();
    }

    [Fact]
    public async Task A_task_that_is_held_and_then_gone_is_ignored_by_who_waited()
    {
        var peer = Engine.AddPeer();
        var worker = await Engine.AddWorkerAsync();
        TaskId held = await Engine.ScheduleAsync(), other = await Engine.ScheduleAsync();
        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (NpgsqlCommand cancel = new(
            $"""
            with gone as (delete from waiting_tasks where id = {Engine.Literal(held)} returning number)
            insert into finished_tasks(number, status, version, changed_at) select number, 'canceled', 1, 0 from gone
            """, holding))
        {
            await cancel.ExecuteNonQueryAsync();
        }

        var waiting = peer.RaiseAsync(Claim(held, worker));
        Assert.Equal(TransitionOutcome.Applied, (await peer.RaiseAsync(Claim(other, worker)).EndsAsync()).Outcome);
        await transaction.CommitAsync();

        Assert.Equal(
            (TransitionOutcome.Ignored, TaskStates.Canceled),
            await waiting.EndsAsync() is var result ? (result.Outcome, result.Task!.Status) : default);
    }

    [Fact]
    public async Task An_id_that_another_transaction_is_storing_does_not_hold_up_the_others_for_long()
    {
        var peer = Engine.AddPeer();
        var stored = TaskId.New();
        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (NpgsqlCommand insert = new(
            "insert into tasks(id, function_name, pool, priority, start_at, created_at) "
                + $"values({Engine.Literal(stored)}, 'greet', 'default', 0, 0, 0)", holding))
        {
            await insert.ExecuteNonQueryAsync();
        }

        var waiting = peer.RaiseAsync(Schedule(stored));
        var outcomes = await RaiseAllAsync(peer, NewIds(20).Select(Schedule)).EndsAsync();
        Assert.All(outcomes, static outcome => Assert.Equal(TransitionOutcome.Applied, outcome));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => waiting.EndsAsync());
        await transaction.RollbackAsync();

        Assert.Equal(TransitionOutcome.Applied, (await peer.RaiseAsync(Schedule(stored)).EndsAsync()).Outcome);
    }

    [Fact]
    public async Task Thousands_of_cancels_of_one_task_leave_full_batches_to_the_others()
    {
        var canceled = await Engine.ScheduleAsync();
        var held = Engine.Faulty.HoldNextCommit();
        var first = Engine.ScheduleAsync();
        var release = await held;
        var before = Engine.Faulty.Batches.Count;
        var cancels = Enumerable.Range(0, 3_000).Select(_ => Engine.RaiseAsync(new CancelTask(canceled.ToString()))).ToArray();
        var others = NewIds(500).Select(id => Engine.RaiseAsync(Schedule(id))).ToArray();
        release();

        await first.EndsAsync();
        Assert.All(await Task.WhenAll(others).EndsAsync(), static result => Assert.Equal(TransitionOutcome.Applied, result.Outcome));
        var outcomes = await Task.WhenAll(cancels).EndsAsync();
        Assert.Equal(TransitionOutcome.Applied, outcomes[0].Outcome);
        Assert.All(
            outcomes[1..],
            static result => Assert.Equal((TransitionOutcome.Ignored, TaskStates.Canceled), (result.Outcome, result.Task!.Status)));
        Assert.InRange(Engine.Faulty.Batches.Count - before, 1, 5);
    }
}
