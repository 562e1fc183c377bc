using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>What PostgreSQL tells about its own condition.</summary>
public sealed class ConditionTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task The_oldest_transaction_is_named()
    {
        await using var connection = await Engine.Database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var begin = connection.CreateCommand())
        {
            begin.CommandText = "select 1";
            await begin.ExecuteScalarAsync();
        }

        var condition = await Engine.Store.ConditionAsync(default);

        Assert.Equal(connection.ProcessID, condition.OldestTransaction!.ProcessId);
        Assert.Equal("idle in transaction", condition.OldestTransaction.State);
        Assert.InRange(condition.OldestTransaction.Age, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.Equal(0, condition.Stalled);
    }

    [Fact]
    public async Task A_replication_slot_that_nobody_reads_is_named()
    {
        const string Slot = "tasksbus_condition_test";
        await Servers.ExecuteAsync($"select pg_create_physical_replication_slot('{Slot}', true)");
        try
        {
            var slot = Assert.Single((await Engine.Store.ConditionAsync(default)).Slots, static slot => slot.Name == Slot);

            Assert.False(slot.IsActive);
            Assert.InRange(slot.BytesBehind, 0, long.MaxValue);
        }
        finally
        {
            await Servers.ExecuteAsync($"select pg_drop_replication_slot('{Slot}')");
        }
    }
}
