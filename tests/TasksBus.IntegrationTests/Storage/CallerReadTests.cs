using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>Reads by callers while the database is slow. A lock on the table of tasks stands for that.</summary>
public sealed class CallerReadTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task Lists_that_take_long_hold_up_neither_what_lets_callers_in_nor_the_work()
    {
        var worker = await Engine.AddWorkerAsync();
        await using var slow = await LockTasksAsync();
        var lists = Enumerable.Range(0, 20).Select(_ => OutcomeAsync(() => Engine.Store.FindAsync("limit(1)"))).ToArray();
        await Eventually.TrueAsync(async () => await WaitingAsync() == 4, "each connection for lists waits");

        await new ApiKeyStore(Engine.Model).AllAsync().EndsAsync();
        await Engine.Store.RefreshFunctionsAsync(default).EndsAsync();
        await Engine.Store.WorkersAsync(default).EndsAsync();
        Assert.True(await Engine.Store.HeartbeatAsync(worker, 10, default).EndsAsync());
        Assert.Equal(4, await WaitingAsync());
        Assert.All(lists, static list => Assert.False(list.IsCompleted));

        await slow.RollbackAsync();
        await Task.WhenAll(lists).EndsAsync();
    }

    [Fact]
    public async Task A_list_that_finds_no_room_says_so()
    {
        await using var slow = await LockTasksAsync();
        var lists = Enumerable.Range(0, 5).Select(_ => Engine.Store.FindAsync("limit(1)")).ToArray();

        var refused = await Task.WhenAny(lists).EndsAsync();
        await Assert.ThrowsAsync<ListsFullException>(() => refused);
        await slow.RollbackAsync();
        await Task.WhenAll(lists.Where(list => list != refused)).EndsAsync();
    }

    [Fact]
    public async Task Callers_who_look_at_tasks_never_take_the_connections_of_claims_and_reports()
    {
        await using var slow = await LockTasksAsync();
        var looks = Enumerable.Range(0, 20)
            .Select(_ => OutcomeAsync(() => Engine.Store.LookAsync([TaskId.New()], withInput: true, default))).ToArray();
        await Eventually.TrueAsync(async () => await WaitingAsync() > 1, "looks wait");

        await Engine.Store.WorkersAsync(default).EndsAsync();
        Assert.All(looks, static look => Assert.False(look.IsCompleted));

        await slow.RollbackAsync();
        await Task.WhenAll(looks).EndsAsync();
    }

    [Fact]
    public async Task A_list_that_takes_too_long_is_stopped_by_the_server_and_nothing_else_is()
    {
        await using PostgresDatabase database = new(Engine.Database.ConnectionString, longestList: TimeSpan.FromMilliseconds(200));
        PostgresTaskStore store = new(database, static () => new TaskSaga());
        ScheduleStore schedules = new(database);
        await using var slow = await LockTasksAsync();

        var refused = await Assert.ThrowsAsync<QueryTooSlowException>(() => store.FindAsync("limit(1)").EndsAsync());
        Assert.Contains("0.2 seconds", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<QueryTooSlowException>(
            () => new PostgresRecordStore(database).FunctionLogsAsync("greet", default, DateTimeOffset.MaxValue, 10, default).EndsAsync());
        Assert.Equal(0, await WaitingAsync());
        var looking = store.LookAsync([TaskId.New()], withInput: false, default);
        await schedules.FindAsync(RqlQuery.Everything, default).EndsAsync();

        await slow.RollbackAsync();
        Assert.Empty(await looking.EndsAsync());
        Assert.Empty((await store.FindAsync("limit(1)")).Tasks);
    }

    private async Task<NpgsqlTransaction> LockTasksAsync()
    {
        var connection = await Engine.Database.ConnectAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using NpgsqlCommand locking = new("lock table tasks in access exclusive mode", connection, transaction);
        await locking.ExecuteNonQueryAsync();
        return transaction;
    }

    /// <summary>Statements that wait for the lock.</summary>
    private Task<long> WaitingAsync() =>
        Engine.Database.ScalarAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

    /// <summary>Awaits a read that may be refused because there are too many.</summary>
    private static async Task OutcomeAsync<T>(Func<Task<T>> read)
    {
        try
        {
            await read();
        }
        catch (Exception exception) when (exception is StoreUnavailableException or QueryTooSlowException)
        {
            // The caller was told to try again.
        }
    }
}
