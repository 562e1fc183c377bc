using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>Several servers on the same tasks at once.</summary>
public sealed class RaceTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task Of_servers_that_claim_the_same_tasks_each_task_has_one_winner()
    {
        const int Servers = 3, Tasks = 400;
        Peer[] peers = [.. Enumerable.Range(0, Servers).Select(_ => Engine.AddPeer())];
        var ids = NewIds(Tasks);
        await RaiseAllAsync(peers[0], ids.Select(Schedule));

        var outcomes = await Task.WhenAll(peers.Select(async (peer, i) =>
        {
            var worker = await Engine.AddWorkerAsync(slots: Tasks);
            return await RaiseAllAsync(peer, (i % 2 == 0 ? ids : ids.Reverse()).Select(id => Claim(id, worker)));
        }));

        var all = outcomes.SelectMany(static one => one).ToArray();
        Assert.Equal(Tasks, all.Count(static outcome => outcome == TransitionOutcome.Applied));
        Assert.Equal((Servers - 1) * Tasks, all.Count(static outcome => outcome == TransitionOutcome.Ignored));
        Assert.Equal(Tasks, await Engine.Database.ScalarAsync<long>("select count(*) from running_tasks"));
        Assert.Equal(Tasks, await Engine.Database.ScalarAsync<long>("select count(*) from event_outbox where type = 'TaskStarted'"));
        Assert.Equal(Tasks, await Engine.Database.ScalarAsync<long>(
            "select sum(case when is_ended then -count else count end)::bigint from worker_counts"));
    }

    [Fact]
    public async Task A_worker_that_was_declared_dead_claims_nothing_more()
    {
        var epoch = await Engine.EpochAsync();
        var (dispatcher, claiming) = (Engine.AddPeer(), Engine.AddPeer());
        var (orphaned, random) = (0, Seed.Random());
        for (var round = 0; round < 30; round++)
        {
            var worker = await Engine.AddWorkerAsync();
            var ids = NewIds(20);
            await RaiseAllAsync(dispatcher, ids.Select(Schedule));

            var claims = ids.Select(async id =>
            {
                await Task.Delay(random.Next(10));
                return (await claiming.RaiseAsync(Claim(id, worker))).Outcome;
            }).ToArray();
            await Task.Delay(random.Next(10));
            await RemoveAsync(dispatcher.Store, epoch, worker);
            var orphans = (await dispatcher.Store.OrphansAsync(epoch, 100, default)).Select(static orphan => orphan.TaskId).ToHashSet();

            var outcomes = await Task.WhenAll(claims);
            Assert.Equal(ids.Where((_, i) => outcomes[i] == TransitionOutcome.Applied).ToHashSet(), orphans);
            Assert.All(outcomes, static outcome => Assert.True(outcome is TransitionOutcome.Applied or TransitionOutcome.Refused));
            orphaned += orphans.Count;
            await RaiseAllAsync(dispatcher, orphans.Select(id => new WorkerLost(id.ToGuid(), worker)));
        }

        // Without this there was no race.
        Assert.InRange(orphaned, 1, 30 * 20 - 1);
    }

    [Fact]
    public async Task A_removal_waits_for_the_claim_that_is_being_committed()
    {
        var epoch = await Engine.EpochAsync();
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync();
        var task = (await Engine.FindAsync(id))!;
        await using var claiming = await Engine.Database.ConnectAsync();
        await using var transaction = await claiming.BeginTransactionAsync();
        await using (NpgsqlCommand @lock = new(Sql.LockWorkers, claiming) { Parameters = { new() { Value = new[] { worker } } } })
        {
            await @lock.ExecuteNonQueryAsync();
        }

        var removing = RemoveAsync(Engine.Store, epoch, worker);
        await Eventually.TrueAsync(() => WaitsForLockAsync("delete from workers%"), "the removal waits for the claim");
        await using (NpgsqlCommand claim = new(Sql.Claim.Waiting, claiming))
        {
            foreach (var value in new object[]
            {
                new[] { task.Number }, new[] { task.Version }, new[] { Guid.NewGuid() }, new[] { worker }, new[] { 1_000L },
                new[] { id.ToGuid() }, Guid.Empty,
            })
            {
                claim.Parameters.Add(new() { Value = value });
            }

            await claim.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();

        await removing.EndsAsync();
        Assert.Equal([new Orphan(id, worker)], await Engine.Store.OrphansAsync(epoch, 10, default));
    }

    [Fact]
    public async Task A_worker_that_beat_meanwhile_is_not_removed()
    {
        var epoch = await Engine.EpochAsync();
        var worker = await Engine.AddWorkerAsync();
        await Engine.Store.HeartbeatAsync(worker, 10, default);

        await Engine.Store.RemoveSilentWorkerAsync(epoch, Row(worker), default);

        Assert.True(await Engine.Store.HeartbeatAsync(worker, 10, default));
    }

    [Fact]
    public async Task Batches_of_the_same_tasks_in_opposite_orders_all_succeed_without_a_deadlock()
    {
        var (one, other) = (Engine.AddPeer(), Engine.AddPeer());
        var (worker, otherWorker) = (await Engine.AddWorkerAsync(slots: 10_000), await Engine.AddWorkerAsync(slots: 10_000));
        for (var round = 0; round < 10; round++)
        {
            var ids = NewIds(200);
            TaskId[] reversed = [.. ids.Reverse()];
            Guid WorkerOf(TaskId id) => id.ToGuid().GetHashCode() % 2 == 0 ? worker : otherWorker;

            await BothAsync(ids.Select(Schedule), reversed.Select(Schedule));
            await BothAsync(ids.Select(id => Claim(id, WorkerOf(id))), reversed.Select(id => Claim(id, WorkerOf(id))));
            var claims = (await one.Store.LoadAsync(ids, default))
                .ToDictionary(static task => task.Key, static task => task.Value.ClaimId!.Value);
            await BothAsync(ids.Select(Returned), reversed.Select(Returned));

            FunctionReturned Returned(TaskId id) => new(id.ToGuid(), claims[id], "said");
        }

        Assert.Equal(0, await DeadlocksAsync());

        async Task BothAsync(IEnumerable<object> forward, IEnumerable<object> backward)
        {
            var outcomes = await Task.WhenAll(RaiseAllAsync(one, forward), RaiseAllAsync(other, backward));
            Assert.Equal(200, outcomes.SelectMany(static outcome => outcome).Count(static outcome => outcome == TransitionOutcome.Applied));
        }
    }

    [Fact]
    public async Task Tasks_are_marked_while_others_cancel_and_claim_them_without_a_deadlock()
    {
        var (one, other) = (Engine.AddPeer(), Engine.AddPeer());
        var worker = await Engine.AddWorkerAsync(slots: 10_000);
        var (start, random) = (await Engine.NowAsync() + TimeSpan.FromHours(1), Seed.Random());
        for (var round = 0; round < 5; round++)
        {
            var ids = NewIds(1_000);
            await RaiseAllAsync(one, ids.Select(id => Schedule(id) with { StartTimestamp = start, Priority = random.Next(1_000) }));
            await Engine.AdvanceAsync(TimeSpan.FromHours(2));

            var canceling = RaiseAllAsync(one, ids[..500].Select(static id => new CancelTask(id.ToString())));
            var claiming = RaiseAllAsync(other, ids[500..].Select(id => Claim(id, worker)));
            while ((await Engine.Store.MarkReadyAsync(Pool, 1_000, default)).Count > 0)
            {
                // More are due.
            }

            Assert.All(
                (await Task.WhenAll(canceling, claiming)).SelectMany(static one => one),
                static outcome => Assert.Equal(TransitionOutcome.Applied, outcome));
        }

        Assert.Equal(0, await DeadlocksAsync());
    }

    [Fact]
    public async Task Tasks_are_marked_in_the_order_in_which_others_lock_them()
    {
        var start = await Engine.NowAsync() + TimeSpan.FromHours(1);
        List<TaskId> ids = [];
        foreach (var priority in new[] { 1, 0, 2 })
        {
            ids.Add(await Engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = start, Priority = priority }));
        }

        await Engine.AdvanceAsync(TimeSpan.FromHours(2));
        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"select from waiting_tasks where id = {Engine.Literal(ids[1])} for update", holding))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var marking = Engine.Store.MarkReadyAsync(Pool, 10, default);
        await Eventually.TrueAsync(() => WaitsForLockAsync("%set is_ready = true%"), "marking waits for the second");

        // The first is marked already; the third, which is the most urgent, is not.
        Assert.Equal(
            [ids[2].ToGuid().ToString()], await Engine.RowsAsync("select id from waiting_tasks order by number for update skip locked"));
        await transaction.RollbackAsync();
        Assert.Equal(3, (await marking.EndsAsync()).Count);
        Assert.Equal(0, await DeadlocksAsync());
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("40P01")]
    public async Task A_commit_that_loses_every_race_may_be_tried_again_later(string code)
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync();
        await Engine.Database.ExecuteAsync(
            $"""
            create function lose() returns trigger language plpgsql as $$ begin raise exception 'lost' using errcode = '{code}'; end $$;
            create trigger lose before insert on running_tasks for each row execute function lose()
            """);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Engine.RaiseAsync(Claim(id, worker)));
        await Engine.Database.ExecuteAsync("drop trigger lose on running_tasks");

        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseAsync(Claim(id, worker))).Outcome);
    }

    private async Task<bool> WaitsForLockAsync(string statement) => await Engine.Database.ScalarAsync<bool>(
        "select exists(select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and "
            + $"ltrim(regexp_replace(query, '(--[^\\n]*\\n)', '', 'g')) like '{statement}')");

    private Task<long> DeadlocksAsync() =>
        Engine.Database.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()");
}
