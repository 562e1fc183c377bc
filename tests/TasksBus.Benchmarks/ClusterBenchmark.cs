using System.Diagnostics;
using System.Globalization;
using MassTransit;
using TasksBus.Contracts;

namespace TasksBus.Benchmarks;

/// <summary>
/// The cluster on real servers, its functions returning at once, beside other job systems on the same servers. All are durable: fsync and
/// synchronous_commit are on.
/// </summary>
internal static class ClusterBenchmark
{
    private const int Samples = 200;
    public const string NoEvents = "--TasksBus:Events:0=TaskRetried";

    /// <param name="only">Names of the runs to make, such as "publish" or "million"; none means all.</param>
    public static async Task RunAsync(ClusterServers servers, int tasks, IReadOnlyList<string> only)
    {
        bool Wanted(string word) => only.Count == 0 || only.Contains(word);

        Console.WriteLine(
            $"TasksBus as a cluster: {Environment.ProcessorCount} cores for all processes, .NET {Environment.Version}, no-op function.");
        var baselines = await Baselines.MeasureAsync(servers, tasks, Wanted("peers") ? Peers.Systems : []);
        Console.WriteLine($"{Environment.NewLine}TasksBus: tasks a second, from the first one sent to the last one's end");
        await using var load = await Load.StartAsync(servers);

        await InOneProcessAsync(servers, load, baselines, tasks, Wanted);
        if (Wanted("events"))
        {
            await WithEventsAsync(servers, load, baselines, tasks);
        }

        if (Wanted("split"))
        {
            await SplitAsync(servers, load, baselines, tasks);
        }

        if (Wanted("million"))
        {
            await MillionAsync(servers, load, baselines, tasks);
        }

        if (Wanted("snapshot"))
        {
            await SnapshotAsync(servers, load, baselines, tasks);
        }

        if (Wanted("burst"))
        {
            await BurstBenchmark.RunAsync(servers, async member =>
            {
                await WarmUpAsync(servers, load, member.Url, tasks);
                return (count, last) => MeasureAsync(
                    servers, [member], baselines, "bulk", $"{count} fall due at one moment, stale statistics", count,
                    static _ => Task.CompletedTask, last);
            });
        }
    }

    private static async Task InOneProcessAsync(
        ClusterServers servers, Load load, Baselines baselines, int tasks, Func<string, bool> wanted)
    {
        await using var all = await MemberProcess.StartAsync(
            "member", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=4000", NoEvents);
        await WarmUpAsync(servers, load, all.Url, tasks);
        if (wanted("publish"))
        {
            await MeasureAsync(
                servers, [all], baselines, "one-by-one", $"published one by one, {Load.Producers} at once", 3 * tasks, load.PublishAsync);
        }

        if (wanted("http"))
        {
            await MeasureAsync(
                servers, [all], baselines, "one-by-one", $"POST one by one, {Load.Producers} connections", 3 * tasks,
                count => load.PostAsync(all.Url, count));
        }

        if (wanted("bulk"))
        {
            await MeasureAsync(
                servers, [all], baselines, "bulk", $"ScheduleTasks of {Load.AtOnce}", 5 * tasks, load.PublishBatchesAsync);
            await MeasureAsync(
                servers, [all], baselines, "bulk", $"POST /batch of {Load.AtOnce}", 5 * tasks,
                count => load.PostBatchesAsync(all.Url, count));
        }

        if (wanted("sql"))
        {
            await MeasureAsync(
                servers, [all], baselines, "one-by-one", $"schedule_task, {Load.Producers} connections", 3 * tasks, load.CallAsync);
            await MeasureAsync(
                servers, [all], baselines, "bulk", $"schedule_tasks of {Load.AtOnce}", 5 * tasks, load.CallBatchesAsync);
        }

        if (wanted("latency"))
        {
            await LatencyAsync(servers, load, baselines);
        }
    }

    private static async Task WithEventsAsync(ClusterServers servers, Load load, Baselines baselines, int tasks)
    {
        await using var member = await MemberProcess.StartAsync(
            "member", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=4000");
        await WarmUpAsync(servers, load, member.Url, tasks / 2);
        await MeasureAsync(
            servers, [member], baselines, "bulk", $"ScheduleTasks of {Load.AtOnce}, final events on", 5 * tasks,
            load.PublishBatchesAsync);
    }

    /// <summary>.NET compiles the hot paths again once it has seen them run.</summary>
    private static async Task WarmUpAsync(ClusterServers servers, Load load, string url, int tasks)
    {
        var last = await servers.LastFinishedAsync();
        await load.PublishAsync(tasks / 2);
        await load.PostAsync(url, tasks / 4);
        await load.PublishBatchesAsync(25 * tasks);
        await servers.UntilFinishedAsync(last, tasks / 2 + tasks / 4 + 25 * tasks);
    }

    private static async Task SplitAsync(ClusterServers servers, Load load, Baselines baselines, int tasks)
    {
        await using var api = await MemberProcess.StartAsync("api and dispatcher", servers, "api,dispatcher", NoEvents);
        await load.PublishBatchesAsync(5 * tasks);
        await using (var worker = await MemberProcess.StartAsync("worker", servers, "worker", "--TasksBus:WorkerSlots=4000", NoEvents))
        {
            await servers.UntilDoneAsync();
            await MeasureAsync(
                servers, [api, worker], baselines, "one-by-one", "published one by one; api and worker apart", tasks, load.PublishAsync);
        }

        // The backlog is there before any worker is.
        await load.PublishBatchesAsync(5 * tasks);
        await servers.UntilAsync($"select (count(*) >= {5 * tasks})::int from waiting_tasks");
        List<MemberProcess> workers = [];
        await MeasureAsync(servers, [api], baselines, "drain", "a backlog drained by two workers that start", 5 * tasks, async _ =>
        {
            workers.Add(await MemberProcess.StartAsync("worker 1", servers, "worker", "--TasksBus:WorkerSlots=250", NoEvents));
            workers.Add(await MemberProcess.StartAsync("worker 2", servers, "worker", "--TasksBus:WorkerSlots=250", NoEvents));
        });
        foreach (var worker in workers)
        {
            await worker.DisposeAsync();
        }
    }

    /// <summary>
    /// The same load with almost empty tables, and with a million tasks that wait for their time and a million that have ended.
    /// </summary>
    private static async Task MillionAsync(ClusterServers servers, Load load, Baselines baselines, int tasks)
    {
        await servers.ExecuteAsync("truncate tasks, waiting_tasks, running_tasks, finished_tasks, task_logs, event_outbox");
        await using var member = await MemberProcess.StartAsync(
            "member", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=4000", NoEvents);
        await WarmUpAsync(servers, load, member.Url, tasks);
        var empty = await MeasureAsync(
            servers, [member], baselines, "bulk", "bulk, tables almost empty", 5 * tasks, load.PublishBatchesAsync);
        await servers.ExecuteAsync(
            """
            with made as (
                insert into tasks(id, function_name, pool, priority, start_at, created_at)
                select gen_random_uuid(), 'noop', 'default', 1000000 - n % 7, (extract(epoch from now()) + 86400 + n) * 1000000, 0
                from generate_series(1, 1000000) n
                returning number, id, pool, priority, start_at)
            insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
            select number, id, pool, priority, start_at, start_at, false, 0, 0, 0 from made
            """);
        await servers.ExecuteAsync(
            """
            with made as (
                insert into tasks(id, function_name, pool, priority, start_at, created_at)
                select gen_random_uuid(), 'noop', 'default', 0, 0, 0 from generate_series(1, 1000000) n
                returning number)
            insert into finished_tasks(number, status, version, changed_at) select number, 'complete', 2, 0 from made
            """);
        foreach (var table in new[] { "tasks", "waiting_tasks", "finished_tasks" })
        {
            await servers.ExecuteAsync($"vacuum analyze {table}");
        }

        var full = await MeasureAsync(
            servers, [member], baselines, "bulk", "bulk, a million future and a million finished tasks", 5 * tasks,
            load.PublishBatchesAsync);
        Console.WriteLine($"      {full / empty:P0} of the rate with almost empty tables");
        await servers.ExecuteAsync("truncate tasks, waiting_tasks, running_tasks, finished_tasks, task_logs, event_outbox");
    }

    /// <summary>
    /// The same load while another transaction stays open, so that PostgreSQL keeps every row that this transaction might still see.
    /// </summary>
    private static async Task SnapshotAsync(ClusterServers servers, Load load, Baselines baselines, int tasks)
    {
        await using var member = await MemberProcess.StartAsync(
            "member", servers, "api,dispatcher,worker", "--TasksBus:WorkerSlots=4000", NoEvents);
        await WarmUpAsync(servers, load, member.Url, tasks);
        await using var connection = await servers.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using var look = new Npgsql.NpgsqlCommand("select count(*) from workers", connection, transaction);
        await look.ExecuteScalarAsync();
        await MeasureAsync(servers, [member], baselines, "bulk", "bulk, an old transaction open", 5 * tasks, load.PublishBatchesAsync);
        await MeasureAsync(
            servers, [member], baselines, "bulk", "the same again, the transaction older still", 5 * tasks, load.PublishBatchesAsync);
    }

    /// <param name="behind">
    /// The tasks have numbers greater than this, where they are stored already. Default: the number of the last task that has ended.
    /// </param>
    private static async Task<double> MeasureAsync(
        ClusterServers servers, IReadOnlyList<MemberProcess> members, Baselines baselines, string kind, string name, int tasks,
        Func<int, Task> load, long? behind = null)
    {
        var last = behind ?? await servers.LastFinishedAsync();
        var (wal, commits) = (await servers.WalAsync(), await servers.CommitsAsync());
        var (cpu, own, publisher, watch) =
            (ClusterServers.Cpu(), members.Select(static member => member.Cpu).ToArray(), Environment.CpuUsage, Stopwatch.StartNew());
        await load(tasks);
        await servers.UntilFinishedAsync(last, tasks);
        var rate = tasks / watch.Elapsed.TotalSeconds;
        Console.WriteLine($"  {name,-54} {rate,8:F0}/s  {baselines.Compare(kind, rate)}");
        var costs = members.Select((member, i) => $"{member.Name} {(member.Cpu - own[i]).TotalMicroseconds / tasks:F0}")
            .Concat(ClusterServers.Cpu().Select(server => $"{server.Key} {(server.Value - cpu[server.Key]).TotalMicroseconds / tasks:F0}"))
            .Append($"publisher {(Environment.CpuUsage.TotalTime - publisher.TotalTime).TotalMicroseconds / tasks:F0}");
        // The database updates its own figures a second later.
        await Task.Delay(1_100);
        Console.WriteLine(
            $"      a task: CPU us: {string.Join(", ", costs)}; {(await servers.WalAsync() - wal) / tasks} bytes of WAL; "
                + $"{(double)(await servers.CommitsAsync() - commits) / tasks:F3} commits");
        return rate;
    }

    /// <summary>The function leaves the time at which it started as its log.</summary>
    private static async Task LatencyAsync(ClusterServers servers, Load load, Baselines baselines)
    {
        List<double> milliseconds = [], stored = [];
        for (var i = -10; i < Samples; i++)
        {
            var id = TaskId.New();
            var sent = TimeProvider.System.GetUtcNow().UtcTicks;
            await load.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = Member.ClockFunction });
            string? times;
            do
            {
                await Task.Delay(Random.Shared.Next(50, 100));
                await using var command = servers.Source.CreateCommand(
                    "select l.text || ' ' || t.created_at from tasks t join task_logs l on l.number = t.number where t.id = $1");
                command.Parameters.AddWithValue(id.ToGuid());
                times = await command.ExecuteScalarAsync() as string;
            }
            while (times is null);
            if (i >= 0)
            {
                var parts = times.Split(' ');
                milliseconds.Add(TimeSpan.FromTicks(long.Parse(parts[0], CultureInfo.InvariantCulture) - sent).TotalMilliseconds);
                var created = DateTimeOffset.UnixEpoch.Ticks
                    + long.Parse(parts[1], CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond;
                stored.Add(TimeSpan.FromTicks(created - sent).TotalMilliseconds);
            }
        }

        Report.Latency("idle: from publish to the insert", stored);
        Report.Latency($"idle: from publish to the function's start {baselines.Latencies}", milliseconds);
    }
}
