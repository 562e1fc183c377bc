using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Lifecycle;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>The vacuum of the queue's tables.</summary>
public sealed class VacuumTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task It_takes_the_time_that_it_takes_and_no_other_begins_meanwhile()
    {
        await Engine.Database.ExecuteAsync(
            "alter table waiting_tasks set (autovacuum_enabled = false); alter table running_tasks set (autovacuum_enabled = false)");
        await Engine.Database.ExecuteAsync($"alter database {Engine.Database.Name} set vacuum_cost_delay = 50");
        await Engine.Database.ExecuteAsync($"alter database {Engine.Database.Name} set vacuum_cost_limit = 10");
        await Engine.Database.ExecuteAsync(
            """
            insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
                select n, gen_random_uuid(), 'default', 0, 0, 4000000000000000, false, 0, 0, 0 from generate_series(1000001, 1025000) n;
            delete from waiting_tasks
            """);
        await Eventually.TrueAsync(
            () => Engine.Database.ScalarAsync<bool>("select n_dead_tup >= 25000 from pg_stat_user_tables where relname = 'waiting_tasks'"),
            "the server counts the dead rows");

        // An answer may take a second, which is less than the vacuum takes.
        await using PostgresDatabase database = new($"{Engine.Database.ConnectionString};Command Timeout=1");
        PostgresTaskStore store = new(database, static () => new TaskSaga());
        var began = TimeProvider.System.GetTimestamp();
        var tidying = store.VacuumAsync(default);
        await Eventually.TrueAsync(async () => tidying.IsCompleted || await VacuumsAsync() == 1, "the vacuum runs");
        Assert.False(tidying.IsCompleted, "The vacuum was to take longer.");
        await Engine.AddPeer().Store.VacuumAsync(default).EndsAsync();
        Assert.Equal(1, await VacuumsAsync());
        await tidying.EndsAsync();

        Assert.True(TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(1));
        Assert.Empty(await Engine.RowsAsync(
            "select pid from pg_locks where locktype = 'advisory' "
                + "and database = (select oid from pg_database where datname = current_database())"));
        Assert.Equal(
            0, await Engine.Database.ScalarAsync<long>("select n_dead_tup from pg_stat_user_tables where relname = 'waiting_tasks'"));
    }

    private Task<long> VacuumsAsync() =>
        Engine.Database.ScalarAsync<long>("select count(*) from pg_stat_progress_vacuum where datname = current_database()");
}
