using TasksBus.Benchmarks;

if (args is ["peers", .. var options])
{
    return await PeersCommand.RunAsync(options);
}

var tasks = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 20_000;
Console.WriteLine($"TasksBus embedded: {Environment.ProcessorCount} cores, .NET {Environment.Version}, {tasks} tasks a run, no-op function.");
await EngineBenchmark.RunAsync(tasks);
await ServerBenchmark.RunAsync(tasks);
return 0;
