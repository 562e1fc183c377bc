using System.Globalization;
using TasksBus.Benchmarks;

switch (args)
{
    case [Member.Word, .. var settings]:
        await Member.RunAsync(settings);
        return 0;
    case ["peers", .. var options]:
        return await PeersCommand.RunAsync(options);
    case ["cluster", .. var rest]:
        {
            // Servers that are there already, to look into them: BENCH_SERVERS=FOLDER, as for ops/local/servers.sh.
            using var folder = new TemporaryFolder();
            await using var servers = await ClusterServers.StartAsync(Environment.GetEnvironmentVariable("BENCH_SERVERS") ?? folder.File("servers"));
            await ClusterBenchmark.RunAsync(servers, rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 20_000, rest.Length > 1 ? rest[1] : "");
            return 0;
        }

    default:
        {
            var tasks = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
            Console.WriteLine($"TasksBus embedded: {Environment.ProcessorCount} cores, .NET {Environment.Version}, {tasks} tasks a run, no-op function.");
            await EngineBenchmark.RunAsync(tasks);
            await ServerBenchmark.RunAsync(tasks);
            return 0;
        }
}
