using Npgsql;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Cluster;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using TasksBus.Tests;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>Events that services raise by SQL.</summary>
public sealed class RaiseEventTests(LocalServers servers) : InboxTest(servers)
{
    [Fact]
    public async Task An_event_is_raised_with_the_transaction_that_commits_it_and_never_with_one_that_rolls_back()
    {
        await DispatchAsync(await Cluster.AddAsync(), "paid", "ship");
        await using var connection = await Database.ConnectAsync();

        await using (var rolledBack = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, "select tasksbus.raise_event('paid')");
            await rolledBack.RollbackAsync();
        }

        await using (var committed = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, """select tasksbus.raise_event('paid', '{"n":12345678901234567890123}')""");
            await committed.CommitAsync();
        }

        await TakenInAsync();
        await Eventually.TrueAsync(async () => await CountAsync("finished_tasks") == 1, "the task ends");
        Assert.Equal((1, 1), (await CountAsync("tasks"), await CountAsync("raised_events")));
        Assert.Equal(
            """{"n":12345678901234567890123}""",
            Assert.Single(Cluster.Invoker.Invocations).Event.GetProperty("data").GetProperty("event").GetProperty("content").GetRawText());
    }

    [Fact]
    public async Task The_same_key_raises_once_also_when_it_comes_by_a_message()
    {
        await DispatchAsync(await Cluster.AddAsync(), "paid", "ship");

        await Database.ExecuteAsync(
            "select tasksbus.raise_event('paid', idempotency_key => 'order 17') from generate_series(1, 2)");
        await TakenInAsync();
        await Cluster.Broker.PublishJsonAsync("""{"type":"paid","idempotencyKey":"order 17"}""", Queues.EventOccurred);
        await Database.ExecuteAsync("select tasksbus.raise_event('last')");

        await Eventually.TrueAsync(async () => await CountAsync("raised_events") == 2, "the last one is raised");
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queues.EventOccurred) == 0, "the message is taken");
        Assert.Equal(1, await CountAsync("tasks"));
    }

    [Theory]
    [InlineData("null", "type is required")]
    [InlineData("repeat('x', 256)", "type must be a text of 1 to 255 characters")]
    [InlineData("'paid', '[]'", "content must be a JSON object; got []")]
    [InlineData("'paid', event_id => 'x'", "eventId must be 24 hex digits")]
    [InlineData("'paid', raised_by_task_id => 'x'", "raisedByTaskId must be 24 hex digits")]
    [InlineData("'paid', idempotency_key => 'ü'", "idempotencyKey must be a text")]
    public async Task A_wrong_event_is_refused_at_the_call(string arguments, string message)
    {
        await Cluster.AddAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync($"select tasksbus.raise_event({arguments})"));

        Assert.Equal("22023", refused.SqlState);
        Assert.Contains(message, refused.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_of_a_task_that_nobody_knows_goes_to_the_refusals_and_the_next_one_is_raised()
    {
        await Cluster.AddAsync();

        await Database.ExecuteAsync(
            $"select tasksbus.raise_event('paid', raised_by_task_id => '{TaskId.New()}'), tasksbus.raise_event('good')");

        await TakenInAsync();
        Assert.Equal(["paid 16"], await Database.RowsAsync("select event_type || ' ' || code from tasksbus.refusals"));
        Assert.Equal(["good"], await Database.RowsAsync("select type from raised_events"));
    }

    private static Task<StoredTrigger> DispatchAsync(Member member, string eventType, string function) =>
        member.Get<TriggerBook>().CreateAsync(new(eventType, [new(new ScheduleTask { FunctionName = function })]), null, null);

    private Task<long> CountAsync(string table) => Database.ScalarAsync<long>($"select count(*) from {table}");
}
