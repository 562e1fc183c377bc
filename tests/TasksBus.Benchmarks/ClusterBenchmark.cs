using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using MassTransit;
using TasksBus.Contracts;

namespace TasksBus.Benchmarks;

/// <summary>The cluster on real servers, its functions returning at once.</summary>
internal static class ClusterBenchmark
{
    private const int Producers = 32;
    private const int AtOnce = 1_000;
    private const int Samples = 200;

    public static async Task RunAsync(ClusterServers servers, int tasks, string only = "")
    {
        var publisher = await PublisherAsync(servers);
        await using (var all = await MemberProcess.StartAsync("all roles in one process", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=500", "--TasksBus:Events:0=TaskRetried"))
        {
            using var http = new HttpClient { BaseAddress = new Uri($"{all.Url}/tasks/v1/") };
            // .NET compiles the hot paths again once it has seen them run.
            Console.WriteLine("warming up");
            await PublishAsync(publisher, tasks / 2);
            await ScheduleOverHttpAsync(http, tasks / 4);
            await PublishInBulkAsync(publisher, tasks);
            await servers.UntilDoneAsync();

            if (only is "" or "publish")
            {
                await MeasureAsync(servers, [all], $"published one by one, {Producers} at once, to completion", tasks, () => PublishAsync(publisher, tasks));
            }

            if (only is "" or "http")
            {
                await MeasureAsync(servers, [all], $"POST one by one, {Producers} connections, to completion", tasks, () => ScheduleOverHttpAsync(http, tasks));
            }

            if (only is "" or "bulk")
            {
                await MeasureAsync(servers, [all], $"ScheduleTasks, {AtOnce} a message, to completion", 5 * tasks, () => PublishInBulkAsync(publisher, 5 * tasks));
                await MeasureAsync(servers, [all], $"POST /batch of {AtOnce}, to completion", 5 * tasks, () => ScheduleInBulkOverHttpAsync(http, 5 * tasks));
            }

            if (only is "" or "latency")
            {
                Report.Latency("idle: from publish to the function's start", await LatencyAsync(servers, publisher));
            }
        }

        await publisher.StopAsync();
    }

    private static async Task<IBusControl> PublisherAsync(ClusterServers servers)
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(transport => transport.Host(new Uri(servers.Broker)));
        await bus.StartAsync();
        return bus;
    }

    private static Task PublishAsync(IBus bus, int tasks) =>
        InParallelAsync(tasks, Producers, () => bus.Publish(new ScheduleTask { FunctionName = "noop" }));

    private static Task PublishInBulkAsync(IBus bus, int tasks) => InParallelAsync(tasks / AtOnce, 4, () =>
        bus.Publish(new ScheduleTasks { Tasks = [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "noop" }, AtOnce)] }));

    private static Task ScheduleOverHttpAsync(HttpClient http, int tasks) => InParallelAsync(tasks, Producers, async () =>
        (await http.PostAsJsonAsync("", new { functionName = "noop" })).EnsureSuccessStatusCode().Dispose());

    private static Task ScheduleInBulkOverHttpAsync(HttpClient http, int tasks) => InParallelAsync(tasks / AtOnce, 4, async () =>
        (await http.PostAsJsonAsync("batch", new { tasks = Enumerable.Repeat(new { functionName = "noop" }, AtOnce) })).EnsureSuccessStatusCode().Dispose());

    private static Task InParallelAsync(int times, int atOnce, Func<Task> step) =>
        Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (_, _) => await step());

    private static async Task MeasureAsync(ClusterServers servers, IReadOnlyList<MemberProcess> members, string name, int tasks, Func<Task> load)
    {
        var finished = await servers.NumberAsync("select count(*) from finished_tasks");
        var (wal, commits) = (await servers.NumberAsync("select wal_bytes::bigint from pg_stat_wal"), await servers.NumberAsync("select xact_commit from pg_stat_database where datname = current_database()"));
        var (cpu, own, watch) = (ClusterServers.Cpu(), members.Select(static member => member.Cpu).ToArray(), Stopwatch.StartNew());
        await load();
        var loaded = watch.Elapsed;
        while (await servers.NumberAsync("select count(*) from finished_tasks") < finished + tasks)
        {
            await Task.Delay(50);
            await servers.UntilDoneAsync();
        }

        var seconds = watch.Elapsed.TotalSeconds;
        var after = ClusterServers.Cpu();
        var costs = members.Select((member, i) => $"{member.Name} {(member.Cpu - own[i]).TotalMicroseconds / tasks:F0}")
            .Concat(after.Select(server => $"{server.Key} {(server.Value - cpu[server.Key]).TotalMicroseconds / tasks:F0}"));
        Console.WriteLine($"  {name,-58} {tasks / seconds,8:F0}/s   (in {loaded.TotalSeconds:F1} s, done {seconds:F1} s)");
        await Task.Delay(1_100);
        var walAfter = await servers.NumberAsync("select wal_bytes::bigint from pg_stat_wal");
        var commitsAfter = await servers.NumberAsync("select xact_commit from pg_stat_database where datname = current_database()");
        Console.WriteLine($"      a task: CPU us: {string.Join(", ", costs)}; {(walAfter - wal) / tasks} bytes of WAL; {(double)(commitsAfter - commits) / tasks:F3} commits");
    }

    /// <summary>The function leaves the time at which it started as its log.</summary>
    private static async Task<List<double>> LatencyAsync(ClusterServers servers, IBus bus)
    {
        List<double> milliseconds = [];
        for (var i = -10; i < Samples; i++)
        {
            var id = TaskId.New();
            var sent = TimeProvider.System.GetUtcNow().UtcTicks;
            await bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "clock" });
            string? started;
            do
            {
                await Task.Delay(15);
                await using var command = servers.Source.CreateCommand("select l.text from tasks t join task_logs l on l.number = t.number where t.id = $1");
                command.Parameters.AddWithValue(id.ToGuid());
                started = await command.ExecuteScalarAsync() as string;
            }
            while (started is null);
            if (i >= 0)
            {
                milliseconds.Add(TimeSpan.FromTicks(long.Parse(started, CultureInfo.InvariantCulture) - sent).TotalMilliseconds);
            }
        }

        return milliseconds;
    }
}
