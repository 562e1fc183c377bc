using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Intake;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>Several processes that believe they lead, on the same schedules at once.</summary>
public sealed class ScheduleRaceTests(LocalServers servers) : PostgresTest(servers)
{
    private const int Schedules = 50;
    private const int Missed = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_tick_makes_one_task_whoever_believes_to_lead(bool leaderChanges)
    {
        var epoch = await Engine.EpochAsync();
        Peer[] peers = [Engine.AddPeer(), Engine.AddPeer(), Engine.AddPeer()];
        for (var i = 0; i < Schedules; i++)
        {
            await BookOf(peers[0])
                .CreateAsync(new(new() { FunctionName = "greet" }) { Interval = 3_600, CatchUp = CatchUp.All }, null, null);
        }

        await Engine.AdvanceAsync(TimeSpan.FromHours(Missed) + TimeSpan.FromMinutes(1));
        using CancellationTokenSource done = new();
        StoreWithFaults[] watched = [.. peers.Select(static peer => new StoreWithFaults(peer.Store))];
        CommitLanes[] lanes = [.. watched.Select(static store => CommitLanes.Separate(store, static _ => { }))];
        var leaders = peers.Select(
            (peer, i) => LeadAsync(TicksOf(peer, lanes[i]), leaderChanges && i == 0 ? epoch + 1 : epoch, done.Token)).ToArray();
        if (leaderChanges)
        {
            await Eventually.TrueAsync(async () => await CountAsync("tasks") > Schedules, "the first leaders have made some");
            await Engine.Database.ExecuteAsync("update leader set epoch = epoch + 1");
        }

        await Eventually.TrueAsync(
            async () => await CountAsync("schedules where next_at > extract(epoch from now()) * 1000000") == Schedules,
            "nothing is due any more");
        await done.CancelAsync();
        await Task.WhenAll(leaders);
        var tried = watched.Sum(static store => store.Batches.Sum(static batch => batch.Length));

        Assert.Equal(Schedules * (Missed + 1), await CountAsync("tasks"));
        Assert.Equal(
            Schedules, await CountAsync($"schedules where version = {Missed + 1} and next_at = start_at + {Missed + 1} * 3600000000"));
        Assert.Equal(Schedules * (Missed + 1), await CountAsync("event_outbox where type = 'TaskScheduled'"));
        // Without this there was no race.
        Assert.True(tried > Schedules * (Missed + 1), "nobody was too late");
        foreach (var lane in lanes)
        {
            await lane.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_is_due_is_found_along_an_index_among_many_schedules()
    {
        await Engine.Database.ExecuteAsync(
            """
            insert into schedules(
                id, version, interval, start_at, next_at, catch_up, overlap, is_paused, function_name, only_registered, created_at,
                updated_at)
            select gen_random_uuid(), 0, 3600, 0, case when i % 10 = 0 then null else 4000000000000000 + i end, 'one', 'allow',
                i % 10 = 0, 'greet', false, i, i
            from generate_series(1, 100000) i;
            analyze schedules
            """);

        foreach (var query in new[]
        {
            "select * from schedules where next_at <= 3000000000000000 order by next_at, id limit 32",
            "select next_at from schedules where next_at > 3000000000000000 order by next_at limit 1",
            "select * from schedules order by created_at desc, id limit 20",
        })
        {
            Assert.DoesNotContain(
                "Seq Scan", string.Join('\n', await Engine.Database.RowsAsync($"explain {query}")), StringComparison.Ordinal);
        }
    }

    /// <summary>Ticks until it is told to stop. A former leader ticks until it learns that it no longer leads.</summary>
    private static async Task LeadAsync(Ticks ticks, long epoch, CancellationToken done)
    {
        await Task.Yield();
        while (!done.IsCancellationRequested)
        {
            try
            {
                await ticks.MakeDueAsync(epoch, default);
            }
            catch (LeadershipLostException)
            {
                // It tries again at once, which no product code does.
            }
        }
    }

    private Task<long> CountAsync(string from) => Engine.Database.ScalarAsync<long>($"select count(*) from {from}");

    private TaskIntake IntakeOf(Peer peer, CommitLanes lanes) => new(
        StoredEngine.TransitionsOver(lanes, Engine.Machine), peer.Store, peer.Store, Options.Create(new TasksBusOptions()),
        NullLogger<TaskIntake>.Instance);

    private Ticks TicksOf(Peer peer, CommitLanes lanes) => new(
        peer.Store, peer.Store, new ScheduleStore(peer.Database), IntakeOf(peer, lanes), TimeProvider.System, NullLogger<Ticks>.Instance);

    private ScheduleBook BookOf(Peer peer) =>
        new(new ScheduleStore(peer.Database), peer.Store, IntakeOf(peer, peer.Lanes), Options.Create(new TasksBusOptions()), new());
}
