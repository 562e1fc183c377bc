using TasksBus.Server.Hosting;

if (Help.IsAskedFor(args))
{
    Console.WriteLine(Help.Text);
    return 0;
}

try
{
    await using var server = await ServerHost.BuildAsync(args);
    await server.RunAsync();
    return 0;
}
catch (Exception exception) when (StartFailure.Explain(exception) is { } line)
{
    await Console.Error.WriteLineAsync($"tasksbus: {line}");
    return 1;
}
