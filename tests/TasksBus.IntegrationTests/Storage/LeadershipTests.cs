using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>Who leads, and that a former leader may do nothing any more.</summary>
public sealed class LeadershipTests(LocalServers servers) : PostgresTest(servers)
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private readonly Guid _one = Guid.NewGuid();
    private readonly Guid _other = Guid.NewGuid();

    [Fact]
    public async Task A_leader_of_before_decides_nothing_any_more()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync();
        await Engine.RaiseAsync(Claim(id, worker));
        var old = (await Engine.Store.LeadAsync(_one, s_lease, default))!.Epoch;
        await Engine.AdvanceAsync(2 * s_lease);
        var current = (await Engine.Store.LeadAsync(_other, s_lease, default))!.Epoch;
        Assert.True(current > old);

        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.ViewPoolAsync(old, Pool, [], null, null, 10, default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.OverdueAsync(old, 10, default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.OrphansAsync(old, 10, default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.RemoveSilentWorkerAsync(old, Row(worker), default));

        Assert.Single(await Engine.Store.WorkersAsync(default));
        await Engine.Store.RemoveSilentWorkerAsync(current, Row(worker), default);
        Assert.Empty(await Engine.Store.WorkersAsync(default));
    }

    [Fact]
    public async Task Before_anyone_led_nobody_does()
    {
        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.ViewPoolAsync(1, Pool, [], null, null, 10, default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => Engine.Store.RemoveSilentWorkerAsync(1, Row(Guid.NewGuid()), default));
    }

    [Fact]
    public async Task Another_leads_as_soon_as_the_leader_resigns()
    {
        var first = (await Engine.Store.LeadAsync(_one, s_lease, default))!.Epoch;
        await Engine.Store.ResignAsync(_other, default);
        Assert.Null(await Engine.Store.LeadAsync(_other, s_lease, default));

        await Engine.Store.ResignAsync(_one, default);

        Assert.Equal(first + 1, (await Engine.Store.LeadAsync(_other, s_lease, default))!.Epoch);
    }

    [Fact]
    public async Task Of_ten_servers_that_want_to_lead_at_once_one_does()
    {
        var terms = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Engine.AddPeer().Store.LeadAsync(Guid.NewGuid(), s_lease, default)));

        Assert.Equal(1, Assert.Single(terms, static term => term is not null)!.Epoch);
    }

    [Fact]
    public async Task While_a_worker_is_removed_nobody_else_becomes_the_leader()
    {
        var worker = await Engine.AddWorkerAsync();
        var epoch = (await Engine.Store.LeadAsync(_one, s_lease, default))!.Epoch;
        await Engine.AdvanceAsync(2 * s_lease);
        await using var holding = await Engine.Database.ConnectAsync();
        await using var transaction = await holding.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("select from workers for key share", holding))
        {
            await hold.ExecuteNonQueryAsync();
        }

        var removing = Engine.Store.RemoveSilentWorkerAsync(epoch, Row(worker), default);
        await Eventually.TrueAsync(() => Engine.Database.ScalarAsync<bool>(
            "select exists(select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"),
            "the removal waits");
        var leading = Engine.AddPeer().Store.LeadAsync(_other, s_lease, default);
        await Task.WhenAny(leading, Task.Delay(200));
        Assert.False(leading.IsCompleted && !removing.IsCompleted, "Another leads, while what the one before decided is still being done.");
        await transaction.RollbackAsync();

        await removing.EndsAsync();
        Assert.Equal(epoch + 1, (await leading.EndsAsync())!.Epoch);
    }

    [Theory]
    [InlineData("system")]
    [InlineData("timeline")]
    public async Task On_another_server_than_before_all_is_held_until_it_is_released(string what)
    {
        Assert.Null((await Engine.Store.LeadAsync(_one, s_lease, default))!.HeldBecause);
        Assert.Null((await Engine.Store.LeadAsync(_one, s_lease, default))!.HeldBecause);
        await Engine.Database.ExecuteAsync($"update installation set {what} = 'x'");

        var reason = (await Engine.Store.LeadAsync(_one, s_lease, default))!.HeldBecause;
        Assert.Contains($"{what} x", reason, StringComparison.Ordinal);
        Assert.Equal(reason, (await Engine.Store.LeadAsync(_one, s_lease, default))!.HeldBecause);
        await Engine.Store.ResignAsync(_one, default);
        Assert.Equal(reason, (await Engine.AddPeer().Store.LeadAsync(_other, s_lease, default))!.HeldBecause);

        Assert.Equal(reason, await Engine.AddPeer().Database.ReleaseHoldAsync(default));
        Assert.Null((await Engine.Store.LeadAsync(_other, s_lease, default))!.HeldBecause);
        Assert.Null(await Engine.AddPeer().Database.ReleaseHoldAsync(default));
    }

    [Fact]
    public async Task A_task_that_was_released_before_the_hold_is_not_claimed_until_it_ends()
    {
        var worker = await Engine.AddWorkerAsync();
        var id = await Engine.ScheduleAsync();
        await Engine.Database.ExecuteAsync("update installation set system = 'x'");

        // A new connection reaches another server before anybody leads, as after a restore.
        var peer = Engine.AddPeer();
        var claim = new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(1));
        Assert.Equal(TransitionOutcome.Refused, (await peer.RaiseAsync(claim)).Outcome);
        Assert.Equal(TaskStates.New, await Engine.StateAsync(id));

        Assert.NotNull(await peer.Database.ReleaseHoldAsync(default));
        Assert.Equal(TransitionOutcome.Applied, (await peer.RaiseAsync(claim)).Outcome);
    }

    [Fact]
    public async Task Who_does_not_want_to_be_held_is_not_and_the_new_server_is_remembered()
    {
        await Engine.Store.LeadAsync(_one, s_lease, default);
        await Engine.Database.ExecuteAsync("update installation set system = 'x'");
        await using PostgresDatabase database = new(Engine.Database.ConnectionString, holdAfterRestore: false);
        PostgresTaskStore careless = new(database, static () => new TaskSaga());

        Assert.Null((await careless.LeadAsync(_one, s_lease, default))!.HeldBecause);

        Assert.Null((await Engine.Store.LeadAsync(_one, s_lease, default))!.HeldBecause);
    }
}
