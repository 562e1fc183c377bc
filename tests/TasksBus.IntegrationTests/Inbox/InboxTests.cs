using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>Tasks that are committed with the rows of a service become tasks, once and in order.</summary>
[Collection(NeedsServers.Name)]
public sealed class InboxTests(LocalServers servers) : InboxTest(servers)
{
    private const string Later = "start_at => '2100-01-01Z'";

    [Fact]
    public async Task A_task_is_stored_as_it_was_scheduled_and_runs()
    {
        await Cluster.AddAsync();
        await AsleepAsync();

        var id = await ScheduleAsync(
            """'resize', '{"id":5,"nul":"\u0000","half":"\ud800","big":123456789012345678901234567890}', priority => -5, """
                + "start_at => '2020-01-02T03:04:05.123456Z', tags => array['a','b']");

        var task = await Cluster.ReachesAsync(id, TaskStates.Complete);
        Assert.Equal(("resize", -5L), (task.FunctionName, task.Priority));
        Assert.Equal("""{"id":5,"nul":"\u0000","half":"\ud800","big":123456789012345678901234567890}""", task.Data);
        Assert.Equal(["a", "b"], task.Tags);
        Assert.Equal(new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(123_456), task.StartTimestamp);
        Assert.Equal(1, Cluster.Invoker.CountOf(id));
        Assert.Equal(0, await LeftAsync());
    }

    [Fact]
    public async Task What_is_rolled_back_never_becomes_a_task_and_everything_else_does_once()
    {
        await Cluster.AddAsync();
        await Database.ExecuteAsync("create table orders(task_id text)");
        var rolledBack = new System.Collections.Concurrent.ConcurrentBag<TaskId>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var connection = await Database.ConnectAsync();
            for (var i = 0; i < 60; i++)
            {
                await using var transaction = await connection.BeginTransactionAsync();
                var id = await ScheduleAsync(connection, "'order'");
                await ExecuteAsync(connection, $"insert into orders values('{id}')");
                if (i % 3 == 0)
                {
                    await transaction.RollbackAsync();
                    rolledBack.Add(id);
                }
                else
                {
                    await transaction.CommitAsync();
                }
            }
        }));

        await TakenInAsync();
        TaskId[] kept = [.. (await Database.RowsAsync("select task_id from orders")).Select(TaskId.Parse)];
        Assert.Equal((320, 160), (kept.Length, rolledBack.Count));
        await Cluster.CompleteAsync(kept);
        Assert.Equal(320, await Cluster.CountTasksAsync());
        Assert.All(kept, id => Assert.Equal(1, Cluster.Invoker.CountOf(id)));
    }

    [Fact]
    public async Task A_trigger_schedules_and_a_set_does()
    {
        await Cluster.AddAsync();
        await Database.ExecuteAsync(
            """
            create table photos(id int);
            create function on_photo() returns trigger language plpgsql as $$ begin
                perform tasksbus.schedule_task('resize', to_json(new), idempotency_key => 'photo ' || new.id);
                return new;
            end $$;
            create trigger on_photo after insert on photos for each row execute function on_photo();
            insert into photos values (7)
            """);
        var ids = await Database.RowsAsync(
            """
            select tasksbus.schedule_tasks((select json_agg(json_build_object('functionName', 'sum', 'data', json_build_object('n', n)))
                from generate_series(1, 1000) n))
            """);

        Assert.Equal("""{"id":7}""", (await Cluster.ReachesAsync(TaskId.FromKey("photo 7"), TaskStates.Complete)).Data);
        Assert.Equal(1_000, ids.Distinct().Count());
        await TakenInAsync();
        Assert.Equal(1_001, await Cluster.CountTasksAsync());
    }

    [Fact]
    public async Task Tasks_are_taken_in_in_the_order_in_which_they_were_committed()
    {
        await using var first = await Database.ConnectAsync();
        await using var slow = await Database.ConnectAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        var late = await ScheduleAsync(slow, Arguments("late"));
        List<TaskId> ids = [];
        for (var i = 0; i < 1_200; i++)
        {
            ids.Add(await ScheduleAsync(first, Arguments("early")));
        }

        await Cluster.AddAsync();
        await TakenInAsync();
        await transaction.CommitAsync();
        await StoredAsync(late);

        var stored = await Database.RowsAsync("select left(replace(id::text, '-', ''), 24) from tasks order by number");
        Assert.Equal([.. ids, late], stored.Select(TaskId.Parse));

        static string Arguments(string name) => $"'{name}', {Later}";
    }

    [Fact]
    public async Task A_long_open_transaction_holds_up_nobody_and_its_own_tasks_come_with_its_commit()
    {
        await Cluster.AddAsync();
        var id = TaskId.New();
        await using var connection = await Database.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ScheduleAsync(connection, $"'slow', task_id => '{id}'");

        // The same id, by each way, and others.
        var others = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ScheduleAsync("'other'").EndsAsync()));
        await ScheduleAsync($"'first', task_id => '{id}'").EndsAsync();
        await Cluster.CompleteAsync(others);
        Assert.Equal("first", (await Cluster.ReachesAsync(id, TaskStates.Complete)).FunctionName);

        await transaction.CommitAsync();
        await TakenInAsync();
        Assert.Equal((0, 1), (Cluster.Invoker.CountOf("slow"), Cluster.Invoker.CountOf(id)));
    }

    [Fact]
    public async Task The_first_content_of_an_id_wins()
    {
        var id = TaskId.FromKey("order 5");
        await ScheduleAsync("'one', idempotency_key => 'order 5'");
        await ScheduleAsync("'two', idempotency_key => 'order 5'");
        await ScheduleAsync($"'three', task_id => '{id}'");
        var member = await Cluster.AddAsync();

        await TakenInAsync();
        Assert.Equal("one", (await Cluster.ReachesAsync(id, TaskStates.Complete)).FunctionName);
        await ScheduleAsync("'four', idempotency_key => 'order 5'");
        await TakenInAsync();
        Assert.Equal("one", (await Cluster.FindAsync(id))!.FunctionName);
        Assert.Equal(1, Cluster.Invoker.CountOf(id));
        await Eventually.TrueAsync(() => member.Log.Of(101).Count == 3, "three duplicates are logged");
    }

    [Fact]
    public async Task A_cancel_counts_if_the_task_is_still_new()
    {
        // It is due later, because one that is due may start before its cancel is taken in.
        var before = await ScheduleAsync($"'never', {Later}");
        await Database.ExecuteAsync($"select tasksbus.cancel_task('{before}')");
        var member = await Cluster.AddAsync();
        var after = await ScheduleAsync($"'never', {Later}");
        await StoredAsync(after);
        var answer = Cluster.Invoker.Hold("runs");
        var running = await ScheduleAsync("'runs'");
        await Cluster.ReachesAsync(running, TaskStates.InProgress);

        await Database.ExecuteAsync($"select tasksbus.cancel_task('{after}'), tasksbus.cancel_task(upper('{running}'))");
        await Database.ExecuteAsync($"select tasksbus.cancel_task('{TaskId.New()}')");

        await Cluster.ReachesAsync(before, TaskStates.Canceled);
        await Cluster.ReachesAsync(after, TaskStates.Canceled);
        await TakenInAsync();
        answer.SetResult(ScriptedInvoker.Success);
        await Cluster.ReachesAsync(running, TaskStates.Complete);
        Assert.Equal(0, Cluster.Invoker.CountOf("never"));
        await Eventually.TrueAsync(() => member.Log.Of(102).Count == 1, "the cancel of an unknown task is logged");
    }

    [Fact]
    public async Task What_only_the_server_can_refuse_is_kept_with_the_reason()
    {
        var member = await Cluster.AddAsync(options: static options => options.OnlyRegisteredFunctions = true);

        var id = await ScheduleAsync("""'unknown', '{"n":1}', priority => 3, tags => array['x'], reference => 'r', publisher => 'p'""");

        await TakenInAsync();
        await Eventually.TrueAsync(
            async () => await Database.ScalarAsync<long>("select count(*) from tasksbus.refusals") == 1, "the task is refused");
        Assert.Equal(
            $$"""{{id}} unknown {"n":1} 3 {x} r p 16 RESOURCE_UNKNOWN_EXCEPTION""",
            await Database.ScalarAsync<string>(
                "select concat_ws(' ', task_id, function_name, data, priority, tags, reference, publisher, code, name) "
                    + "from tasksbus.refusals"));
        Assert.StartsWith(
            "There is no function 'unknown'", await Database.ScalarAsync<string>("select message from tasksbus.refusals"),
            StringComparison.Ordinal);
        Assert.Single(member.Log.Of(108));
        Assert.Equal(0, await Cluster.CountTasksAsync());
    }

    [Fact]
    public async Task A_cancel_stays_behind_its_task_also_if_the_function_was_registered_a_moment_ago()
    {
        await Cluster.AddAsync(Roles.Dispatcher, options: static options => options.OnlyRegisteredFunctions = true);
        await using PostgresDatabase elsewhere = new(Database.ConnectionString);
        for (var round = 0; round < 10; round++)
        {
            var (id, name) = (TaskId.New(), $"fresh-{round}");
            await elsewhere.ManageAsync(name, static _ => { });
            await Database.ExecuteAsync($"select tasksbus.schedule_task('{name}', task_id => '{id}'), tasksbus.cancel_task('{id}')");
            await Cluster.ReachesAsync(id, TaskStates.Canceled);
        }
    }

    [Fact]
    public async Task Leaders_that_stop_while_the_inbox_fills_lose_nothing_and_double_nothing()
    {
        await Cluster.AddAsync(Roles.Api | Roles.Worker);
        var leader = await Cluster.AddAsync(Roles.Dispatcher);
        List<TaskId> ids = [];
        await using var connection = await Database.ConnectAsync();
        var scheduling = Task.Run(async () =>
        {
            for (var i = 0; i < 1_500; i++)
            {
                ids.Add(await ScheduleAsync(connection, "'f'"));
            }
        });
        for (var i = 0; i < 3; i++)
        {
            var next = await Cluster.AddAsync(Roles.Dispatcher);
            await leader.StopAsync();
            leader = next;
        }

        await scheduling;
        await TakenInAsync();
        await Cluster.CompleteAsync(ids);
        Assert.Equal(1_500, await Cluster.CountTasksAsync());
        Assert.Equal(1_500, Cluster.Invoker.CountOf("f"));
    }

    /// <summary>A notification within a transaction makes commits wait for each other, so a busy reader gets none.</summary>
    [Fact]
    public async Task Only_a_sleeping_reader_is_notified_and_a_woken_one_takes_in_at_once()
    {
        await Cluster.AddAsync();
        await AsleepAsync();
        await using var listener = await Database.ConnectAsync();
        var heard = 0;
        listener.Notification += (_, notification) => heard += notification.Payload == "inbox" ? 1 : 0;
        await ExecuteAsync(listener, "listen tasksbus");

        await ScheduleAsync("'wakes'");
        await TakenInAsync();
        await using var connection = await Database.ConnectAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            for (var i = 0; i < 100; i++)
            {
                await ScheduleAsync(connection, "'more'");
            }

            // While this transaction is open, the reader does not go to sleep, because nobody would wake it.
            await Task.Delay(TimeSpan.FromSeconds(1));
            await transaction.CommitAsync();
        }

        var committed = TimeProvider.System.GetTimestamp();
        await TakenInAsync();
        Assert.True(TimeProvider.System.GetElapsedTime(committed) < TimeSpan.FromSeconds(3), "The reader slept.");
        await ExecuteAsync(listener, "select 1");
        Assert.Equal(1, heard);
        await AsleepAsync();
    }
}
