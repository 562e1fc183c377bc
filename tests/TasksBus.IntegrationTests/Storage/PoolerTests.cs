using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A server behind PgBouncer refuses to start, with one line.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class PoolerTests(LocalServers servers)
{
    [Theory]
    [InlineData("transaction", "ignore_startup_parameters = extra_float_digits", "pool_mode=transaction")]
    [InlineData("transaction", "server_round_robin = 1", "pool_mode=transaction")]
    [InlineData("transaction", "ignore_startup_parameters = extra_float_digits,options", "pool_mode=transaction")]
    [InlineData("session", "ignore_startup_parameters = extra_float_digits", "options")]
    [InlineData("session", "ignore_startup_parameters = extra_float_digits,options", "options")]
    public async Task A_pooler_that_does_not_give_sessions_as_they_are_asked_for_is_refused_by_name(
        string mode, string setting, string reason)
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await using var pooler = await Pooler.StartAsync(database.ConnectionString, mode, setting);
        await using PostgresDatabase server = new(pooler.ConnectionString);

        var refusal = await Assert.ThrowsAsync<DatabaseRefusedException>(() => server.MigrateAsync(default).EndsAsync());

        Assert.Contains("PgBouncer", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_tables where schemaname = 'public'"));
    }
}
