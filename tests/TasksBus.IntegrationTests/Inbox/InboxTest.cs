using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Cluster;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>A cluster whose database a service shares.</summary>
public abstract class InboxTest : ClusterTest
{
    private protected InboxTest(LocalServers servers)
        : base(servers)
    {
    }

    private protected TestDatabase Database => Cluster.Database;

    private protected static Task<TaskId> ScheduleAsync(NpgsqlConnection connection, string arguments) =>
        ScalarAsync(connection, $"select tasksbus.schedule_task({arguments})");

    private protected async Task<TaskId> ScheduleAsync(string arguments) =>
        TaskId.Parse(await Database.ScalarAsync<string>($"select tasksbus.schedule_task({arguments})"));

    private protected static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private protected Task<long> LeftAsync() => Database.ScalarAsync<long>("select count(*) from tasksbus.inbox");

    private protected Task TakenInAsync() => Eventually.TrueAsync(async () => await LeftAsync() == 0, "the inbox is taken in");

    private protected async Task<TaskRecord> StoredAsync(TaskId id)
    {
        TaskRecord? task = null;
        await Eventually.TrueAsync(async () => (task = await Cluster.FindAsync(id)) is not null, $"task {id} is stored");
        return task!;
    }

    /// <summary>Waits until the reader has announced that it sleeps.</summary>
    private protected Task AsleepAsync() => Eventually.TrueAsync(
        () => Database.ScalarAsync<bool>(
            "select exists(select from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted "
                + "and objid = 'tasksbus.inbox'::regclass::oid "
                + "and database = (select oid from pg_database where datname = current_database()))"),
        "the reader sleeps");

    private static async Task<TaskId> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return TaskId.Parse((string)(await command.ExecuteScalarAsync())!);
    }
}
