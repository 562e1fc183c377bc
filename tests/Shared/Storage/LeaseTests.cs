using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Workers and what they run, and the lease of the leader, in either store.</summary>
public abstract class LeaseTests : TaskStoreTest
{
    private protected LeaseTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_claim_by_a_worker_without_a_row_is_refused()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await ScheduleAsync();

        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, Guid.NewGuid()));
        await Engine.Store.RemoveWorkerAsync(worker, default);
        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        Assert.Equal(TaskStates.New, await Engine.StateAsync(id));
        Assert.False(await Engine.Store.HeartbeatAsync(worker, 10, default));
    }

    [Fact]
    public async Task Running_counts_follow_claims_and_reports()
    {
        var (one, other) = (await Engine.AddWorkerAsync(slots: 3), await Engine.AddWorkerAsync(slots: 2));
        var ids = new List<TaskId>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await ScheduleAsync());
            await ClaimAsync(ids[i], i < 3 ? one : other);
        }

        Assert.Equal((3, 2, 0), (await Engine.RunningAsync(one), await Engine.RunningAsync(other), await FreeAsync()));

        await Engine.RaiseAsync(new FunctionReturned(ids[0].ToGuid(), await ClaimOfAsync(ids[0]), null));
        await Engine.RaiseAsync(new FunctionFailed(ids[1].ToGuid(), await ClaimOfAsync(ids[1]), Throttled, null));
        await Engine.RaiseAsync(
            new FunctionNotRun(ids[2].ToGuid(), await ClaimOfAsync(ids[2]), Throttled, StoredEngine.Start, TimeSpan.Zero));
        await Engine.RaiseAsync(new TimeLimitReached(ids[3].ToGuid(), TimeSpan.Zero));

        Assert.Equal((0, 1, 4), (await Engine.RunningAsync(one), await Engine.RunningAsync(other), await FreeAsync()));
    }

    [Fact]
    public async Task A_task_is_overdue_once_its_deadline_has_passed_and_only_while_it_runs()
    {
        var worker = await Engine.AddWorkerAsync();
        var (late, done) = (await ScheduleAsync(), await ScheduleAsync());
        await ClaimAsync(late, worker);
        await ClaimAsync(done, worker);
        await Engine.RaiseAsync(new FunctionReturned(done.ToGuid(), await ClaimOfAsync(done), null));

        await Engine.AdvanceAsync(TimeSpan.FromMinutes(5) - Engine.Instant);
        Assert.Empty((await Engine.Store.OverdueAsync(await Engine.EpochAsync(), 10, default)).Tasks);
        await Engine.AdvanceAsync(Engine.Instant);
        var overdue = await Engine.Store.OverdueAsync(await Engine.EpochAsync(), 10, default);
        var task = Assert.Single(overdue.Tasks);
        Assert.Equal(late, task.Id);
        Assert.InRange(overdue.Now, Math.Max(task.ClaimedAt, task.DeadlineAt), long.MaxValue);

        await Engine.RaiseAsync(new TimeLimitReached(late.ToGuid(), TimeSpan.Zero));
        Assert.Empty((await Engine.Store.OverdueAsync(await Engine.EpochAsync(), 10, default)).Tasks);
    }

    [Fact]
    public async Task The_running_tasks_of_a_removed_worker_are_orphans()
    {
        var (gone, alive) = (await Engine.AddWorkerAsync(), await Engine.AddWorkerAsync());
        var (orphan, cared, waiting) = (await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync());
        await ClaimAsync(orphan, gone);
        await ClaimAsync(cared, alive);

        Assert.Empty(await Engine.Store.OrphansAsync(await Engine.EpochAsync(), 10, default));
        await Engine.Store.RemoveWorkerAsync(gone, default);
        Assert.Equal([new Orphan(orphan, gone)], await Engine.Store.OrphansAsync(await Engine.EpochAsync(), 10, default));

        await Engine.RaiseAsync(new WorkerLost(orphan.ToGuid(), gone));
        Assert.Empty(await Engine.Store.OrphansAsync(await Engine.EpochAsync(), 10, default));
        Assert.Equal(TaskErrorNames.ZombieTaskCleaned, (await Engine.FindAsync(orphan))!.Error!.Name);
        Assert.Equal(TaskStates.New, await Engine.StateAsync(waiting));
    }

    [Fact]
    public async Task A_heartbeat_raises_the_beat_and_sets_the_slots()
    {
        var worker = await Engine.AddWorkerAsync(slots: 4);

        Assert.True(await Engine.Store.HeartbeatAsync(worker, 2, default));

        var row = Assert.Single(await Engine.Store.WorkersAsync(default));
        Assert.Equal((1L, 2), (row.Beat, row.Slots));
        Assert.Equal(2, await FreeAsync());
    }

    [Fact]
    public async Task A_lease_keeps_others_out_until_it_ends_and_each_new_leader_has_a_higher_epoch()
    {
        var (one, other, lease) = (Guid.NewGuid(), Guid.NewGuid(), TimeSpan.FromMinutes(1));

        Assert.Equal(1, (await Engine.Store.LeadAsync(one, lease, default))?.Epoch);
        Assert.Null(await Engine.Store.LeadAsync(other, lease, default));
        await Engine.AdvanceAsync(lease - Engine.Instant);
        Assert.Equal(1, (await Engine.Store.LeadAsync(one, lease, default))?.Epoch);
        await Engine.AdvanceAsync(lease - Engine.Instant);
        Assert.Null(await Engine.Store.LeadAsync(other, lease, default));
        await Engine.AdvanceAsync(2 * Engine.Instant);
        Assert.Equal(2, (await Engine.Store.LeadAsync(other, lease, default))?.Epoch);
        Assert.Null(await Engine.Store.LeadAsync(one, lease, default));
    }
}
