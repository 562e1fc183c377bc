using TasksBus.Server.Hosting;
using TasksBus.Server.Http.Authentication;

if (Help.IsAskedFor(args))
{
    Console.WriteLine(Help.Text);
    return 0;
}

try
{
    if (NewApiKey.IsAskedFor(args))
    {
        Console.WriteLine(await NewApiKey.MakeAsync(args, TimeProvider.System));
        return 0;
    }

    if (StoredKeyCommands.IsAskedFor(args))
    {
        Console.WriteLine(await StoredKeyCommands.RunAsync(args));
        return 0;
    }

    if (ReleaseHold.IsAskedFor(args))
    {
        Console.WriteLine(await ReleaseHold.RunAsync(args));
        return 0;
    }

    await using var server = await ServerHost.BuildAsync(args);
    await server.RunAsync();
    return 0;
}
catch (Exception exception) when (StartFailure.Explain(exception) is { } line)
{
    await Console.Error.WriteLineAsync($"tasksbus: {line}");
    return 1;
}
