using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>What is removed while others work, and what a removal that breaks off leaves.</summary>
public sealed class RemovalTests(LocalServers servers) : PostgresTest(servers)
{
    [Fact]
    public async Task A_removal_that_breaks_off_leaves_the_task_whole()
    {
        var id = await CancelAsync();
        var before = await Engine.SnapshotAsync(id);
        await Engine.Database.ExecuteAsync(
            """
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''Not now.''; end';
            create trigger refuse before delete on tasks for each row execute function refuse()
            """);

        await Assert.ThrowsAsync<PostgresException>(() => RemoveAsync(0));

        Assert.Equal(before, await Engine.SnapshotAsync(id));
        await Engine.Database.ExecuteAsync("drop trigger refuse on tasks");
        Assert.Equal(1, (await RemoveAsync(0)).Removed);
    }

    [Fact]
    public async Task Lists_go_on_while_their_tasks_are_removed()
    {
        for (var i = 0; i < 50; i++)
        {
            await CancelAsync();
        }

        var removing = RemoveAllAsync();
        var lists = 0;
        for (; !removing.IsCompleted || lists == 0; lists++)
        {
            Assert.InRange((await Engine.Store.FindAsync(RqlQuery.Everything with { Limit = 50 }, default)).Tasks.Count, 0, 50);
        }

        Assert.Equal(50, await removing);
    }

    private async Task<TaskId> CancelAsync()
    {
        var id = await Engine.ScheduleAsync();
        await Engine.RaiseAsync(new CancelTask(id.ToString()));
        return id;
    }

    private async Task<int> RemoveAllAsync()
    {
        var removed = 0;
        for (long? after = 0; after is { } number;)
        {
            (var count, after) = await RemoveAsync(number);
            removed += count;
        }

        return removed;
    }

    private async Task<RemovalStep> RemoveAsync(long after) =>
        await Engine.Store.RemoveOldAsync(await Engine.EpochAsync(), Prunable.FinishedTasks, TimeSpan.Zero, after, 1, default);
}
