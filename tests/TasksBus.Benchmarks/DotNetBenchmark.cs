using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace TasksBus.Benchmarks;

/// <summary>
/// Functions in .NET, in 1, 2 and 4 applications of others (tests/TasksBus.DotNetWorker): how the throughput grows with the slots, and how
/// fast a function is that does nothing. Beside it are a job of Hangfire that does nothing, in one process on the same PostgreSQL, and a
/// function in Node.js that does nothing, of a server that runs alone.
/// </summary>
internal static class DotNetBenchmark
{
    /// <summary>The word on the command line that makes this run.</summary>
    public const string Word = "dotnet";

    private const int Slots = 20;
    private const int Batch = 1_000;
    private const int WaitMilliseconds = 200;
    private const int NothingTasks = 10_000;
    private const int HangfireJobs = 2_000;

    public static async Task RunAsync(ClusterServers servers)
    {
        Console.WriteLine($"Functions in .NET: {Environment.ProcessorCount} cores for all processes, {Slots} slots an application.");
        await using var member = await MemberProcess.StartAsync("member", servers, "api,dispatcher", ClusterBenchmark.NoEvents);
        using var http = new HttpClient { BaseAddress = new Uri($"{member.Url}/tasks/v1/") };
        List<Process> applications = [];
        try
        {
            foreach (var count in new[] { 1, 2, 4 })
            {
                while (applications.Count < count)
                {
                    applications.Add(await StartAsync(servers, Slots));
                }

                await MeasureAsync(servers, http, "nothing", new { }, count * 500);
                var nothing = await MeasureAsync(servers, http, "nothing", new { }, NothingTasks);
                var rate = await MeasureAsync(servers, http, "wait", new { milliseconds = WaitMilliseconds }, count * 1_000);
                var most = count * Slots * 1_000d / WaitMilliseconds;
                Console.WriteLine(
                    $"  {count} applications, {WaitMilliseconds} ms: {rate,7:F0}/s of {most:F0}/s that the slots allow ({rate / most:P0}); "
                    + $"a function that does nothing: {nothing,7:F0}/s");
            }
        }
        finally
        {
            foreach (var application in applications)
            {
                application.Kill();
                application.Dispose();
            }
        }

        await MeasureHangfireAsync(servers);
        await ServerBenchmark.RunAsync(NothingTasks);
    }

    private static async Task MeasureHangfireAsync(ClusterServers servers)
    {
        var peers = await Peers.PrepareAsync(servers.Database, broker: null);
        PeersCommand.PrintHead();
        foreach (var load in new[] { "one-by-one", "drain" })
        {
            PeersCommand.Print(await peers.RunAsync("hangfire", load, HangfireJobs, TimeSpan.FromMinutes(5)));
        }
    }

    private static async Task<double> MeasureAsync(ClusterServers servers, HttpClient http, string function, object data, int tasks)
    {
        var (last, watch) = (await servers.LastFinishedAsync(), Stopwatch.StartNew());
        for (var sent = 0; sent < tasks; sent += Batch)
        {
            var batch = Enumerable.Repeat(new { functionName = function, data }, Math.Min(Batch, tasks - sent));
            (await http.PostAsJsonAsync("batch", new { tasks = batch })).EnsureSuccessStatusCode().Dispose();
        }

        await servers.UntilFinishedAsync(last, tasks);
        return tasks / watch.Elapsed.TotalSeconds;
    }

    private static async Task<Process> StartAsync(ClusterServers servers, int slots)
    {
        var folder = AppContext.BaseDirectory.Replace("TasksBus.Benchmarks", "TasksBus.DotNetWorker", StringComparison.Ordinal);
        ProcessStartInfo start = new("dotnet", [Path.Combine(folder, "TasksBus.DotNetWorker.dll")]) { RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__tasksbus"] = servers.Database;
        start.Environment["ConnectionStrings__rabbitmq"] = servers.Broker;
        start.Environment["TasksBus__WorkerSlots"] = slots.ToString(CultureInfo.InvariantCulture);
        start.Environment["TasksBus__Events__0"] = "TaskRetried";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "ready")
        {
            Console.Error.WriteLine(line);
        }

        return process;
    }
}
