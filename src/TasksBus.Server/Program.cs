using TasksBus.Server.Commands;
using TasksBus.Server.Hosting;

try
{
    return await CommandLine.RunAsync(args, Console.Out, TimeProvider.System);
}
catch (Exception exception) when (StartFailure.Explain(exception) is { } line)
{
    await Console.Error.WriteLineAsync($"tasksbus: {line}");
    return 1;
}
