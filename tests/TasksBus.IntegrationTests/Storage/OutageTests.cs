using System.Collections.Concurrent;
using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A database that goes away in the middle of everything.</summary>
public sealed class OutageTests(LocalServers servers) : PostgresTest(servers)
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");

    [Fact]
    public async Task When_sessions_are_cut_off_again_and_again_every_accepted_step_is_stored_exactly_once()
    {
        Peer[] peers = [Engine.AddPeer(), Engine.AddPeer()];
        Guid[] workers = [await Engine.AddWorkerAsync(slots: 10_000), await Engine.AddWorkerAsync(slots: 10_000)];
        using CancellationTokenSource load = new(TimeSpan.FromSeconds(5)), cutting = new();
        var cuts = CutSessionsAsync(cutting.Token);

        ConcurrentBag<(TaskId Id, TaskId? Successor)> done = [];
        var failures = 0;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async driver =>
        {
            var (peer, random) = (peers[driver % 2], Seed.Random(driver));
            while (!load.IsCancellationRequested)
            {
                var (id, worker) = (TaskId.New(), workers[random.Next(2)]);
                TaskId? successor = random.Next(4) == 0 ? TaskId.New() : null;
                var claim = Claim(id, worker);
                await TakeAsync(Schedule(id));
                Assert.Equal(claim.ClaimId, (await TakeAsync(claim)).Task!.ClaimId);
                await TakeAsync(successor is { } next
                    ? new FunctionFailed(id.ToGuid(), claim.ClaimId, s_error, "said", new(next.ToString(), TimeSpan.FromHours(1)))
                    : new FunctionReturned(id.ToGuid(), claim.ClaimId, "said"));
                done.Add((id, successor));
            }

            // Repeats the step until the store answers, as every caller does.
            async Task<TransitionResult> TakeAsync(object message)
            {
                while (true)
                {
                    try
                    {
                        var result = await peer.RaiseAsync(message);
                        Assert.NotEqual(TransitionOutcome.Refused, result.Outcome);
                        return result;
                    }
                    catch (StoreUnavailableException)
                    {
                        Interlocked.Increment(ref failures);
                        await Task.Delay(random.Next(20));
                    }
                }
            }
        }));
        await cutting.CancelAsync();
        Assert.InRange(await cuts, 20, int.MaxValue);
        Assert.InRange(failures, 1, int.MaxValue);

        await StoredOnceAsync(done.Count, done.Count(static task => task.Successor is not null));
    }

    /// <summary>
    /// Asserts that this many tasks are stored as ended, with everything that belongs to them, some with a retry that waits.
    /// </summary>
    private async Task StoredOnceAsync(int ended, int successors)
    {
        Assert.Equal(ended + successors, await CountAsync("tasks"));
        Assert.Equal(ended - successors, await CountAsync("finished_tasks where status = 'complete'"));
        Assert.Equal(successors, await CountAsync("finished_tasks where status = 'retried'"));
        Assert.Equal(successors, await CountAsync("waiting_tasks"));
        Assert.Equal(0, await CountAsync("running_tasks"));
        Assert.Equal(ended, await CountAsync("task_logs"));
        Assert.Equal(ended + successors, await CountAsync("event_outbox where type = 'TaskScheduled'"));
        Assert.Equal(ended, await CountAsync("event_outbox where type = 'TaskStarted'"));
        Assert.Equal(ended, await CountAsync("event_outbox where type in ('TaskCompleted', 'TaskRetried')"));
        Assert.Equal(0, await Engine.Database.ScalarAsync<long>(
            "select sum(case when is_ended then -count else count end)::bigint from worker_counts"));
        Assert.Empty(await Engine.RowsAsync(
            "select f.number from finished_tasks f left join tasks t on t.id = f.retried_by_task_id "
                + "where (f.status = 'retried') <> (t.id is not null)"));
    }

    [Fact]
    public async Task A_group_that_is_cut_off_is_stored_whole_or_not_at_all()
    {
        var peer = Engine.AddPeer();
        using CancellationTokenSource cutting = new();
        var cuts = CutSessionsAsync(cutting.Token);
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await peer.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = $"group-{i}" }, 100)]);
                accepted++;
            }
            catch (StoreUnavailableException)
            {
                refused++;
            }
        }

        await cutting.CancelAsync();
        await cuts;
        Assert.Empty(await Engine.RowsAsync("select function_name from tasks group by function_name having count(*) <> 100"));
        Assert.InRange(await CountAsync("tasks"), accepted * 100, (accepted + refused) * 100);
    }

    [Fact]
    public async Task A_database_that_crashes_is_unavailable_and_no_worse_and_all_goes_on_when_it_is_back()
    {
        var peer = Engine.AddPeer();
        var worker = await Engine.AddWorkerAsync(slots: 10_000);
        var epoch = await Engine.EpochAsync();
        using CancellationTokenSource load = new();
        ConcurrentBag<Exception> failures = [];
        ConcurrentBag<TaskId> accepted = [];
        var drivers = Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            while (!load.IsCancellationRequested)
            {
                var id = TaskId.New();
                try
                {
                    await peer.RaiseAsync(Schedule(id));
                    accepted.Add(id);
                    await peer.RaiseAsync(Claim(id, worker));
                }
                catch (Exception exception)
                {
                    failures.Add(exception);
                    await Task.Delay(10);
                }
            }
        }));
        await Eventually.TrueAsync(() => accepted.Count > 100, "tasks are accepted");
        await Servers.CrashPostgreSqlAsync();
        try
        {
            await EveryCallIsUnavailableAsync(peer, epoch, worker);
            await Eventually.TrueAsync(() => failures.Count > 100, "steps fail");
        }
        finally
        {
            await Servers.StartPostgreSqlAsync();
        }

        var before = accepted.Count;
        await Eventually.TrueAsync(() => accepted.Count > before + 100, "tasks are accepted again");
        await load.CancelAsync();
        await drivers;

        Assert.All(failures, static exception => Assert.IsType<StoreUnavailableException>(exception));
        Assert.True(await peer.Store.HeartbeatAsync(worker, 10, default));
        await peer.Store.ViewPoolAsync(epoch, Pool, [], null, null, 10, default);
        var stored = await peer.Store.LoadAsync(accepted, default);
        Assert.Equal(accepted.Count, stored.Count);
        Assert.Equal(await CountAsync("running_tasks"), await Engine.Database.ScalarAsync<long>(
            "select sum(case when is_ended then -count else count end)::bigint from worker_counts"));
    }

    [Fact]
    public async Task Connections_that_were_ended_while_they_were_idle_cost_no_call()
    {
        var peer = Engine.AddPeer();
        var worker = await Engine.AddWorkerAsync(slots: 1_000);
        var owner = Guid.NewGuid();
        PostgresRecordStore records = new(peer.Database);
        Func<Task>[] calls =
        [
            async () => Assert.Equal(TransitionOutcome.Applied, (await peer.RaiseAsync(Schedule(TaskId.New()))).Outcome),
            async () =>
            {
                var id = TaskId.New();
                var task = (await Engine.Transitions.RaiseAsync(new ScheduleRequested(id.ToGuid(), Schedule(id)))).Task;
                await CutIdleAsync();
                Assert.Equal(TransitionOutcome.Applied, (await peer.RaiseAsync(Claim(id, worker), task)).Outcome);
                var claimId = (await Engine.FindAsync(id))!.ClaimId!.Value;
                await CutIdleAsync();
                Assert.Equal(
                    TransitionOutcome.Applied, (await peer.RaiseAsync(new FunctionReturned(id.ToGuid(), claimId, "said"))).Outcome);
            },
            async () => Assert.Equal(
                2, (await peer.ScheduleAllAsync([new() { FunctionName = "greet" }, new() { FunctionName = "greet" }])).Count),
            async () => await peer.Store.LoadAsync([TaskId.New()], default),
            async () => await peer.Store.FindAsync("status=new"),
            async () => await peer.Store.LogAsync(TaskId.New(), default),
            async () => await peer.Store.RefreshFunctionsAsync(default),
            async () => await peer.Store.NowAsync(default),
            async () => await peer.Store.DueSchedulesAsync(
                (await peer.Store.LeadAsync(owner, TimeSpan.FromMinutes(1), default))!.Epoch, [], 10, default),
            async () => await peer.Store.MarkReadyAsync("default", 10, default),
            async () => await peer.Store.WaitingPoolsAsync(default),
            async () => await peer.Store.NextEventsAsync(10, default),
            async () => await peer.Store.DeleteEventsAsync([1], default),
            async () => await peer.Store.WorkersAsync(default),
            async () => Assert.True(await peer.Store.HeartbeatAsync(worker, 1_000, default)),
            async () => Assert.NotNull(await peer.Store.LeadAsync(owner, TimeSpan.FromMinutes(1), default)),
            async () => await peer.Store.OrphansAsync(
                (await peer.Store.LeadAsync(owner, TimeSpan.FromMinutes(1), default))!.Epoch, 10, default),
            async () => await peer.Store.VacuumAsync(default),
            async () => await peer.Database.Model.WriteAsync(static async context => await context.SaveChangesAsync()),
            async () => await records.WriteAsync([], default),
            async () => await peer.Database.ReleaseHoldAsync(default),
        ];
        foreach (var call in calls)
        {
            await call();
            await CutIdleAsync();
            await call();
        }
    }

    /// <summary>Ends every idle session of the servers, and waits until they are gone.</summary>
    private async Task CutIdleAsync()
    {
        const string Idle = "from pg_stat_activity where datname = current_database() and application_name = 'tasksbus'";
        await Engine.Database.ScalarAsync<long>($"select count(pg_terminate_backend(pid)) {Idle}");
        await Eventually.TrueAsync(
            () => Engine.Database.ScalarAsync<bool>($"select not exists(select {Idle})"), "the idle sessions are gone");
    }

    private static async Task EveryCallIsUnavailableAsync(Peer peer, long epoch, Guid worker)
    {
        var (id, store) = (TaskId.New(), peer.Store);
        Func<Task>[] calls =
        [
            () => store.LoadAsync([id], default),
            () => store.MarkReadyAsync("default", 10, default),
            () => store.ViewPoolAsync(epoch, Pool, [], null, null, 10, default),
            () => store.WaitingPoolsAsync(default),
            () => store.OverdueAsync(epoch, 10, default),
            () => store.OrphansAsync(epoch, 10, default),
            () => store.NextEventsAsync(10, default),
            () => store.DeleteEventsAsync([1], default),
            () => store.AddWorkerAsync(Row(Guid.NewGuid()), default),
            () => store.HeartbeatAsync(worker, 10, default),
            () => store.RemoveWorkerAsync(Guid.NewGuid(), default),
            () => store.RemoveSilentWorkerAsync(epoch, Row(Guid.NewGuid()), default),
            () => store.WorkersAsync(default),
            () => store.LeadAsync(worker, TimeSpan.FromMinutes(1), default),
            () => store.ResignAsync(worker, default),
            () => store.FindAsync(""),
            () => store.FindAsync($"id={id}&status=new&functionName=greet&sort(data.a)"),
            () => store.LogAsync(id, default),
            () => peer.Database.ReleaseHoldAsync(default),
            () => peer.Database.MigrateAsync(default),
        ];
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(call);
        }

        TaskChange insert = new()
        {
            Task = new TaskSaga { Id = id, Status = TaskStates.New, FunctionName = "greet" },
            ExpectedVersion = null,
            WorkerBefore = null,
        };
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => store.CommitAsync([insert], default));
        Assert.True(exception is StoreUnavailableException or CommitOutcomeUnknownException, exception.ToString());
    }

    private Task<long> CountAsync(string rows) => Engine.Database.ScalarAsync<long>($"select count(*) from {rows}");

    /// <summary>Ends the servers' sessions, wherever they are in their work.</summary>
    /// <returns>How many it ended.</returns>
    private async Task<int> CutSessionsAsync(CancellationToken cancellationToken)
    {
        var (ended, random) = (0, Seed.Random());
        await using var connection = await Engine.Database.ConnectAsync();
        await using NpgsqlCommand cut = new(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                + "where datname = current_database() and application_name = 'tasksbus' and state = 'active'", connection);
        while (!cancellationToken.IsCancellationRequested)
        {
            ended += (int)(long)(await cut.ExecuteScalarAsync(CancellationToken.None))!;
            await Task.Delay(random.Next(60), CancellationToken.None);
        }

        return ended;
    }
}
