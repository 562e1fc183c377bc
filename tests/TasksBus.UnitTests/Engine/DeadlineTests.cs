using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>When the leader fails tasks that nobody ends: not before it knows that nobody will.</summary>
public class DeadlineTests
{
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A worker that could not reach the database for a while may hold the outcome of a task that is long past its deadline.
    /// </summary>
    [Fact]
    public async Task A_leader_fails_no_task_for_its_deadline_before_it_has_seen_the_database_for_a_lease()
    {
        var started = TimeProvider.System.GetTimestamp();
        await using var engine = await TestEngine.StartAsync(new(), Set);
        var task = await ClaimElsewhereAsync(engine, TimeSpan.Zero);

        var failed = await engine.ReachesAsync(task, TaskStates.Failed);

        Assert.Equal(TaskErrorNames.TimeLimitExceeded, failed.Error!.Name);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), s_lease, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_clock_that_leaps_a_day_ahead_fails_no_running_function()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        var answer = invoker.Hold("slow");
        await using var engine = await TestEngine.StartAsync(invoker, Set, clock: clock);
        var late = await ClaimElsewhereAsync(engine, TimeSpan.Zero);
        // From here on the leader would fail overdue tasks.
        await engine.ReachesAsync(late, TaskStates.Failed);
        var slow = await engine.ScheduleAsync("slow");
        await engine.ReachesAsync(slow.Id, TaskStates.InProgress);

        clock.Advance(TimeSpan.FromDays(1));
        var (sweeps, another) = (engine.Get<WatchedDeadlines>().Sweeps, await ClaimElsewhereAsync(engine, TimeSpan.Zero));
        await engine.ReachesAsync(another, TaskStates.Failed);
        await Eventually.TrueAsync(
            () => engine.Get<WatchedDeadlines>().Sweeps >= sweeps + 3, "the tasks past their deadline are looked for");
        answer.SetResult(ScriptedInvoker.Success);

        await engine.ReachesAsync(slow.Id, TaskStates.Complete);
    }

    [Fact]
    public async Task A_look_for_overdue_tasks_that_fails_each_time_keeps_no_dead_worker_alive()
    {
        await using var engine = await TestEngine.StartAsync(new(), Set);
        engine.Get<WatchedDeadlines>().Sweeping = static () => throw new StoreUnavailableException("This statement takes too long.");

        var task = await ClaimElsewhereAsync(engine, TimeSpan.FromMinutes(5), beats: false);

        Assert.Equal(TaskErrorNames.ZombieTaskCleaned, (await engine.ReachesAsync(task, TaskStates.Failed)).Error!.Name);
    }

    private static void Set(TasksBusOptions options)
    {
        options.WorkerLease = s_lease;
        // No worker serves its pool, so nobody else claims it.
        options.Pools["elsewhere"] = ["elsewhere"];
    }

    /// <param name="beats">Whether its worker keeps sending heartbeats.</param>
    private static async Task<TaskId> ClaimElsewhereAsync(TestEngine engine, TimeSpan limit, bool beats = true)
    {
        var (worker, transitions) = (Guid.NewGuid(), engine.Get<TaskTransitions>());
        await engine.Store.AddWorkerAsync(new(worker, "elsewhere", 10, 0, "host", "1", 0), default);
        if (beats)
        {
            _ = Task.Run(async () =>
            {
                while (await engine.Store.HeartbeatAsync(worker, 10, default))
                {
                    await Task.Delay(500);
                }
            });
        }

        var task = await engine.Intake.ScheduleAsync(
            TaskId.New(), new() { FunctionName = "elsewhere", StartTimestamp = DateTimeOffset.UnixEpoch });
        var result = await transitions.RaiseAsync(new TaskClaimed(task.Id.ToGuid(), Guid.NewGuid(), worker, limit));
        Assert.Equal(TransitionOutcome.Applied, result.Outcome);
        return task.Id;
    }
}
