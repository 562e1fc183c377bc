using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.IntegrationTests.Storage;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>A row of the inbox goes with the task that it makes, whoever takes it and whatever crashes.</summary>
public sealed class TakeTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task A_row_that_two_leaders_read_makes_one_task_even_if_that_one_is_removed_meanwhile()
    {
        var row = await WriteAsync("greet");
        var (first, second) = (Engine.AddPeer(), Engine.AddPeer());

        Assert.Equal(TransitionOutcome.Applied, (await TakeAsync(first, row)).Outcome);
        Assert.Equal(0, await Engine.Database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
        await Engine.Database.ExecuteAsync("delete from waiting_tasks; delete from tasks");

        var again = await TakeAsync(second, row).EndsAsync();
        Assert.Equal((TransitionOutcome.Ignored, null), (again.Outcome, again.Task));
        Assert.Null(await Engine.FindAsync(row.Id));
    }

    [Fact]
    public async Task A_row_whose_id_is_known_makes_no_task()
    {
        var known = await Engine.ScheduleAsync();
        var row = await WriteAsync("other", known);

        var result = await TakeAsync(Engine.AddPeer(), row);

        Assert.Equal((TransitionOutcome.Ignored, "greet"), (result.Outcome, result.Task!.FunctionName));
        Assert.Equal(1, await Engine.Database.ScalarAsync<long>("select count(*) from tasks"));
    }

    [Fact]
    public async Task Many_rows_that_three_leaders_take_at_once_make_each_one_task()
    {
        await Engine.Database.ExecuteAsync("select tasksbus.schedule_task('f') from generate_series(1, 300)");
        var rows = await ((IInbox)Engine.Store).LookAsync(0, 1_000, int.MaxValue, default);
        Assert.Equal(300, rows.Count);

        var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Engine.AddPeer())
            .SelectMany(peer => rows.Select(row => TakeAsync(peer, row)))).EndsAsync();

        Assert.Equal(300, results.Count(static result => result.Outcome == TransitionOutcome.Applied));
        Assert.Equal(300, await Engine.Database.ScalarAsync<long>("select count(*) from tasks"));
        Assert.Equal(0, await Engine.Database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
    }

    [Fact]
    public async Task A_look_reads_no_more_than_it_may_in_the_order_of_the_rows()
    {
        await Engine.Database.ExecuteAsync(
            "select tasksbus.schedule_task('f', json_build_object('a', repeat('x', 1000))) from generate_series(1, 100)");
        var inbox = (IInbox)Engine.Store;

        var all = await inbox.LookAsync(0, 1_000, int.MaxValue, default);
        Assert.Equal(all.Select(static row => row.Position).Order(), all.Select(static row => row.Position));
        Assert.Equal(all.Take(10), await inbox.LookAsync(0, 10, int.MaxValue, default), Same);
        Assert.Equal(all.Take(10), await inbox.LookAsync(0, 1_000, 10_000, default), Same);
        Assert.Equal(all.Skip(60), await inbox.LookAsync(all[59].Position, 1_000, int.MaxValue, default), Same);
        Assert.Single(await inbox.LookAsync(0, 1_000, 1, default));

        static bool Same(InboxRow one, InboxRow other) => one.Position == other.Position && one.Id == other.Id;
    }

    /// <summary>A commit whose answer gets lost, and a database that crashes, leave each row or its task.</summary>
    [Fact]
    public async Task A_crash_of_the_database_leaves_each_row_or_its_task_and_never_both()
    {
        await Engine.Database.ExecuteAsync("select tasksbus.schedule_task('f') from generate_series(1, 3000)");
        var peer = Engine.AddPeer();
        var rows = await ((IInbox)Engine.Store).LookAsync(0, 3_000, int.MaxValue, default);
        var taking = Task.WhenAll(rows.Select(async row =>
        {
            try
            {
                await TakeAsync(peer, row);
            }
            catch (StoreUnavailableException)
            {
                // The next look finds the row, or it is gone.
            }
        }));
        await Eventually.TrueAsync(
            async () => await Engine.Database.ScalarAsync<long>("select count(*) from tasks") > 0, "some are taken");
        await Servers.CrashPostgreSqlAsync();
        await Servers.StartPostgreSqlAsync();
        await taking.EndsAsync();

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await Engine.Database.ScalarAsync<long>("select count(*) from tasks") >= 0;
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            "the database is back");
        Assert.Equal(
            3_000, await Engine.Database.ScalarAsync<long>(
                "select (select count(*) from tasks) + (select count(*) from tasksbus.inbox)"));
        Assert.Equal(
            0, await Engine.Database.ScalarAsync<long>("select count(*) from tasks join tasksbus.inbox using (id)"));
    }

    private async Task<InboxRow> WriteAsync(string function, TaskId? id = null)
    {
        await Engine.Database.ExecuteAsync($"select tasksbus.schedule_task('{function}', task_id => '{id ?? TaskId.New()}')");
        return Assert.Single(await ((IInbox)Engine.Store).LookAsync(0, 10, int.MaxValue, default));
    }

    private static Task<TransitionResult> TakeAsync(Peer peer, InboxRow row) =>
        StoredEngine.TransitionsOver(peer.Lanes, new()).TakeAsync(
            row.Id, row.Position, _ => new() { FunctionName = row.FunctionName, Priority = 0 }, 0);
}
