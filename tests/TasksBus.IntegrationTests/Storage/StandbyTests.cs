using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A synchronous standby that stalls. When the wait for it is cancelled, PostgreSQL commits all the same and only warns.</summary>
public sealed class StandbyTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task What_no_standby_has_confirmed_is_not_taken_for_stored_until_one_has()
    {
        // Each process has its own list of commits in doubt.
        var (peer, worker) = (Engine.AddPeer(), Engine.AddPeer());
        var (scheduled, claimed) = (TaskId.New(), await Engine.ScheduleAsync());
        var claim = Claim(claimed, await Engine.AddWorkerAsync());
        await WithoutStandbyAsync(async () =>
        {
            await using (CancelWaits())
            {
                await Assert.ThrowsAsync<StoreUnavailableException>(() => peer.RaiseAsync(Schedule(scheduled)).EndsAsync());
                await Assert.ThrowsAsync<StoreUnavailableException>(() => worker.RaiseAsync(claim).EndsAsync());

                // A commit that is stored here, but might be lost on the standby, is found again and still not taken for stored.
                Assert.Equal(TaskStates.New, await Engine.StateAsync(scheduled));
                await Assert.ThrowsAsync<StoreUnavailableException>(() => peer.RaiseAsync(Schedule(scheduled)).EndsAsync());
                await Assert.ThrowsAsync<StoreUnavailableException>(() => worker.RaiseAsync(claim).EndsAsync());
                Assert.Equal(2, (await peer.Store.FindAsync("")).Total);
            }
        });

        // It was stored and still is, so the same request gets the same answer.
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.New), await OutcomeAsync(peer, Schedule(scheduled)));
        Assert.Equal((TransitionOutcome.Ignored, TaskStates.InProgress), await OutcomeAsync(worker, claim));
        Assert.Equal(claim.ClaimId, (await Engine.FindAsync(claimed))!.ClaimId);
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(scheduled));

        async Task<(TransitionOutcome, string)> OutcomeAsync(Peer who, object message) =>
            await who.RaiseAsync(message).EndsAsync() is var result ? (result.Outcome, result.Task!.Status) : default;
    }

    [Fact]
    public async Task A_wait_that_was_cancelled_is_made_good_by_a_later_commit_that_a_standby_confirms()
    {
        var (peer, id) = (Engine.AddPeer(), TaskId.New());
        Task<TransitionResult>? scheduling = null;
        await WithoutStandbyAsync(async () =>
        {
            scheduling = peer.RaiseAsync(Schedule(id));
            await Eventually.TrueAsync(() => WaitsAsync("%insert into event_outbox%"), "the commit waits for the standby");
            await Eventually.TrueAsync(
                async () => await WaitsAsync("%pg_logical_emit_message%") || !await CancelOneAsync("%insert into event_outbox%"),
                "the wait is cancelled");
            await Eventually.TrueAsync(() => WaitsAsync("%pg_logical_emit_message%"), "a small commit is to prove it");
            Assert.False(scheduling.IsCompleted);
        });

        Assert.Equal(TransitionOutcome.Applied, (await scheduling!.EndsAsync()).Outcome);
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(id));
    }

    [Fact]
    public async Task What_a_caller_changes_is_not_confirmed_before_a_standby_has()
    {
        await using PostgresDatabase database = new(Engine.Database.ConnectionString);
        Func<Task> change = () => database.Model.WriteAsync(static async context => await context.SaveChangesAsync());
        await change();
        await WithoutStandbyAsync(async () =>
        {
            await using (CancelWaits())
            {
                await Assert.ThrowsAsync<StoreUnavailableException>(() => change().EndsAsync());
            }
        });
        await change().EndsAsync();
    }

    /// <summary>Does something while commits wait for a standby that is not there.</summary>
    private async Task WithoutStandbyAsync(Func<Task> action)
    {
        await SetStandbyAsync("alter system set synchronous_standby_names = 'nobody'");
        try
        {
            await using var connection = await Engine.Database.ConnectAsync();
            var watch = CommitWatch.Over(connection);
            await Eventually.TrueAsync(async () =>
            {
                await using NpgsqlCommand command =
                    new("select pg_logical_emit_message(true, 'test', '')", connection) { CommandTimeout = 1 };
                await command.ExecuteNonQueryAsync();
                return watch.IsAlone;
            }, "commits wait for a standby");
            await action();
        }
        finally
        {
            await SetStandbyAsync("alter system reset synchronous_standby_names");
        }
    }

    private async Task SetStandbyAsync(string sql)
    {
        await Servers.ExecuteAsync(sql);
        await Servers.ExecuteAsync("select pg_reload_conf()");
    }

    private Task<bool> WaitsAsync(string query) => Engine.Database.ScalarAsync<bool>(
        "select exists(select from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep' "
            + $"and query like '{query}')");

    private Task<bool> CancelOneAsync(string query = "%") => Engine.Database.ScalarAsync<bool>(
        "select coalesce((select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() "
            + $"and wait_event = 'SyncRep' and query like '{query}' limit 1), false)");

    /// <summary>Cancels each wait for the standby, as a timeout does, until it is disposed.</summary>
    private Canceling CancelWaits() => new(() => CancelOneAsync());

    private sealed class Canceling : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _loop;

        public Canceling(Func<Task<bool>> cancelOne) => _loop = Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                await cancelOne();
                await Task.Delay(20);
            }
        });

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }
    }
}
