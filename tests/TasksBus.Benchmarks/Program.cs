using System.Globalization;
using TasksBus.Benchmarks;

switch (args)
{
    case [Member.Word, .. var settings]:
        await Member.RunAsync(settings);
        return 0;
    case ["peers", .. var options]:
        return await PeersCommand.RunAsync(options);
    case [ConcurrentBenchmark.EndpointWord]:
        await ConcurrentBenchmark.RunEndpointAsync();
        return 0;
    case ["concurrent"]:
        await ConcurrentBenchmark.RunAsync();
        return 0;
    case [DotNetBenchmark.Word]:
        await WithServersAsync(DotNetBenchmark.RunAsync);
        return 0;
    case [TelemetryBenchmark.Word, .. var rest]:
        await TelemetryBenchmark.RunAsync(Tasks(rest));
        return 0;
    case ["queries"]:
        await WithServersAsync(QueryBenchmark.RunAsync);
        return 0;
    case ["cluster", .. var words]:
        await RunClusterAsync(words);
        return 0;
    default:
        await RunEmbeddedAsync(Tasks(args));
        await RunClusterAsync(args);
        await WithServersAsync(QueryBenchmark.RunAsync);
        return 0;
}

static int Tasks(string[] args) => args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;

static async Task RunEmbeddedAsync(int tasks)
{
    Console.WriteLine(
        $"TasksBus embedded: {Environment.ProcessorCount} cores, .NET {Environment.Version}, {tasks} tasks a run, no-op function.");
    await EngineBenchmark.RunAsync(tasks);
    await TelemetryBenchmark.RunAsync(tasks);
    await ServerBenchmark.RunAsync(tasks);
    Console.WriteLine();
}

// Arguments: how many tasks, then words of the runs to make.
static Task RunClusterAsync(string[] args) =>
    WithServersAsync(servers => ClusterBenchmark.RunAsync(servers, Tasks(args), [.. args.Skip(1)]));

// Servers that are there already are used with BENCH_SERVERS=FOLDER, as for ops/local/servers.sh.
static async Task WithServersAsync(Func<ClusterServers, Task> run)
{
    using var folder = new TemporaryFolder();
    await using var servers = await ClusterServers.StartAsync(
        Environment.GetEnvironmentVariable("BENCH_SERVERS") ?? folder.File("servers"));
    await run(servers);
}
