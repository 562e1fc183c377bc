using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Cluster;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.IntegrationTests.DotNet;

/// <summary>Which workers may join, and what waits for whom.</summary>
public sealed class JoinTests(LocalServers servers) : DotNetTest(servers)
{
    [Fact]
    public async Task A_worker_whose_function_has_another_pool_does_not_start_and_takes_none_of_its_functions()
    {
        await Cluster.Database.ExecuteAsync("insert into function_pools values ('resize', 'gpu')");

        var refusal = await Assert.ThrowsAsync<WorkerStartException>(() => StartAsync(static worker => worker
            .AddFunction("resize", Nothing).AddFunction("another", Nothing)));

        Assert.Contains("'gpu'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("PUT /tasks/v1/functions/resize/pool {\"pool\":\"shop\"}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["resize"], await Cluster.Database.RowsAsync("select function_name from function_pools"));
    }

    /// <summary>The tables change too, as a migration changes them.</summary>
    [Theory]
    [InlineData("insert into \"__EFMigrationsHistory\" values ('99990101_Later', '10.0.0'); create table later(i int)", "newer schema")]
    [InlineData("delete from \"__EFMigrationsHistory\"; alter table workers drop column functions", "older schema")]
    public async Task A_worker_does_not_start_on_a_schema_that_it_does_not_know(string change, string words)
    {
        await using var database = await Servers.CreateDatabaseAsync(isEmpty: true);
        await using (PostgresDatabase server = new(database.ConnectionString))
        {
            await server.MigrateAsync(default);
        }

        await database.ExecuteAsync(change);

        var refusal = await Assert.ThrowsAsync<WorkerStartException>(() => StartAsync(worker =>
        {
            worker.Database = database.ConnectionString;
            worker.AddFunction("f", Nothing);
        }));

        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("0", Assert.Single(await database.RowsAsync("select count(*) from workers")));
    }

    [Fact]
    public async Task A_worker_waits_for_a_database_without_tables_and_makes_none()
    {
        await using var empty = await Servers.CreateDatabaseAsync(isEmpty: true);

        var application = await StartAsync(worker =>
        {
            worker.Database = empty.ConnectionString;
            worker.AddFunction("f", Nothing);
        }, waits: false);

        await Eventually.TrueAsync(() => application.Log.Of(712).Count > 1, "it looks again");
        Assert.Contains("no tables", application.Log.Of(712)[0], StringComparison.Ordinal);
        Assert.Empty(await empty.RowsAsync("select relname from pg_class where relnamespace = 'public'::regnamespace"));
        await using (PostgresDatabase server = new(empty.ConnectionString))
        {
            await server.MigrateAsync(default);
        }

        await Eventually.TrueAsync(() => application.Log.Of(301).Count > 0, "it joins");
        await application.Host.StopAsync();
    }

    [Fact]
    public async Task A_worker_of_the_other_kind_waits_and_says_why()
    {
        var mine = await StartAsync(static worker => worker.AddFunction("f", Nothing));
        LogBook log = new();
        var lambda = Cluster.AddAsync(
            Roles.Worker, static options => options.Pool = Pool, services: services => services.AddSingleton<ILoggerProvider>(log));

        await Eventually.TrueAsync(() => log.Of(310).Count > 0, "it says why");
        Assert.Contains("belongs to workers that run functions of their own process", log.Of(310)[0], StringComparison.Ordinal);
        await mine.Host.StopAsync();
        await lambda.EndsAsync();

        var late = await StartAsync(static worker => worker.AddFunction("f", Nothing), waits: false);
        await Eventually.TrueAsync(() => late.Log.Of(310).Count > 0, "it says why");
        Assert.Contains("belongs to workers that invoke functions in Lambda", late.Log.Of(310)[0], StringComparison.Ordinal);
        Assert.Empty(late.Log.Of(301));
    }

    [Fact]
    public async Task Tasks_of_a_function_wait_until_each_worker_of_the_pool_has_it_and_hold_up_no_other()
    {
        ConcurrentQueue<string> ran = [];
        var old = await StartAsync(worker => worker.AddFunction("known", Note(ran, "known")));
        var current = await StartAsync(worker => worker
            .AddFunction("known", Note(ran, "known")).AddFunction("fresh", Note(ran, "fresh")));

        // More urgent than all others, and more than all slots.
        List<TaskId> waiting = [];
        for (var i = 0; i < 60; i++)
        {
            waiting.Add(await ScheduleAsync("fresh", new { i }, priority: 5));
        }

        await Cluster.CompleteAsync(await Cluster.ScheduleAsync(100, "known"));
        Assert.All(await Cluster.Store.LoadAsync(waiting, default), static task => Assert.Equal(TaskStates.New, task.Value.Status));
        Assert.DoesNotContain("fresh", ran);
        Assert.Contains("fresh", Server.Log.Of(210)[0], StringComparison.Ordinal);
        // One that waits can be canceled.
        await Server.Intake.CancelAsync(waiting[^1]);
        Assert.Equal(TaskStates.Canceled, (await Cluster.FindAsync(waiting[^1]))!.Status);

        await old.Host.StopAsync();

        await Cluster.CompleteAsync(waiting[..^1]);
        Assert.Equal(59, ran.Count(static name => name == "fresh"));
        Assert.Empty(current.Log.Of(306));
    }

    [Fact]
    public async Task Tasks_of_a_function_that_no_worker_has_any_more_wait_for_one_that_has()
    {
        ConcurrentQueue<string> ran = [];
        var old = await StartAsync(worker => worker.AddFunction("known", Note(ran, "known")).AddFunction("dropped", Note(ran, "dropped")));
        await Cluster.CompleteAsync([await ScheduleAsync("dropped")]);
        await old.Host.StopAsync();
        var id = await ScheduleAsync("dropped");

        await StartAsync(worker => worker.AddFunction("known", Note(ran, "known")));
        await Cluster.CompleteAsync([await ScheduleAsync("known")]);
        Assert.Equal(TaskStates.New, (await Cluster.FindAsync(id))!.Status);

        // An older version comes back beside the new one: it takes what both have, and the task waits on.
        var back = await StartAsync(worker => worker
            .AddFunction("known", Note(ran, "known")).AddFunction("dropped", Note(ran, "dropped")));
        await Cluster.CompleteAsync(await Cluster.ScheduleAsync(20, "known"));
        Assert.Equal(TaskStates.New, (await Cluster.FindAsync(id))!.Status);
        Assert.NotEmpty(back.Log.Of(301));
    }

    [Fact]
    public async Task The_tasks_of_an_application_that_is_killed_fail_and_those_that_wait_run_elsewhere()
    {
        using Program killed = new(await StartProgramAsync());
        var running = await ScheduleAsync("wait", new { milliseconds = 120_000 });
        await Eventually.TrueAsync(
            async () => (await Cluster.FindAsync(running))!.Status == TaskStates.InProgress, "its function runs");

        await killed.KillAsync();
        var waiting = await ScheduleAsync("nothing");

        Assert.Equal(TaskErrorNames.ZombieTaskCleaned, (await FailsAsync(running)).Name);
        using Program other = new(await StartProgramAsync());
        await Cluster.CompleteAsync([waiting]);
        await other.KillAsync();
        await Eventually.TrueAsync(
            async () => await Cluster.Database.ScalarAsync<long>("select count(*) from workers where pool = 'program'") == 0,
            "it is declared dead");
    }

    [Fact]
    public async Task Two_workers_run_as_many_at_once_as_both_have_slots()
    {
        var (now, most) = (0, 0);
        for (var i = 0; i < 2; i++)
        {
            await StartAsync(worker =>
            {
                worker.Slots = 3;
                worker.AddFunction("count", async (_, cancellationToken) =>
                {
                    var running = Interlocked.Increment(ref now);
                    InterlockedMax(ref most, running);
                    await Task.Delay(100, cancellationToken);
                    Interlocked.Decrement(ref now);
                });
            });
        }

        await Cluster.CompleteAsync(await Cluster.ScheduleAsync(60, "count"));

        Assert.Equal(6, most);

        static void InterlockedMax(ref int most, int value)
        {
            for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, value, seen);
            }
        }
    }

    private static Func<TaskContext, CancellationToken, Task> Nothing => static (_, _) => Task.CompletedTask;

    private static Func<TaskContext, CancellationToken, Task> Note(ConcurrentQueue<string> ran, string name) => (_, _) =>
    {
        ran.Enqueue(name);
        return Task.CompletedTask;
    };

    /// <summary>An application in a process of its own: tests/TasksBus.DotNetWorker.</summary>
    private async Task<Process> StartProgramAsync()
    {
        var folder = AppContext.BaseDirectory.Replace("TasksBus.IntegrationTests", "TasksBus.DotNetWorker", StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet", [Path.Combine(folder, "TasksBus.DotNetWorker.dll")]) { RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__tasksbus"] = Cluster.Database.ConnectionString;
        start.Environment["ConnectionStrings__rabbitmq"] = Cluster.Broker.Address.ToString();
        start.Environment["TasksBus__WorkerLease"] = "00:00:05";
        var process = Process.Start(start)!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync().EndsAsync());
        return process;
    }

    /// <summary>A process that ends with its test, however that ends.</summary>
    private sealed class Program(Process process) : IDisposable
    {
        public async Task KillAsync()
        {
            process.Kill();
            await process.WaitForExitAsync().EndsAsync();
        }

        public void Dispose()
        {
            process.Kill();
            process.Dispose();
        }
    }
}
