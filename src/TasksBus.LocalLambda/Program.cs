using Microsoft.Extensions.Logging.Console;
using TasksBus.LocalLambda;

var configuration = new ConfigurationBuilder()
    .AddJsonFile(Path.Combine(Environment.CurrentDirectory, "appsettings.json"), optional: true)
    .AddEnvironmentVariables()
    .AddCommandLine(args)
    .Build();
var options = new LocalLambdaOptions { Url = configuration["urls"] ?? "http://localhost:9001" };
using var loggerFactory = LoggerFactory.Create(logging => logging
    .AddConfiguration(configuration.GetSection("Logging"))
    .AddSimpleConsole(
        console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ "))
    // Writing to the log never waits for a reader.
    .AddConsole(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite));
using var stop = new ConsoleStop();

try
{
    var settings = configuration.GetSection("LocalLambda");
    settings.Bind(options);
    if (options.Keys.Count != settings.GetSection("Keys").GetChildren().Count() || !string.IsNullOrEmpty(settings["Keys"]))
    {
        // An incomplete list of keys must not count as no keys.
        throw new LocalLambdaStartException(
            "LocalLambda:Keys is a list: set LocalLambda:Keys:0:AccessKey and LocalLambda:Keys:0:SecretKey.");
    }

    await using var server = await LocalLambdaServer.StartAsync(options, loggerFactory, stop.Requested);
    await stop.WaitAsync();
    return 0;
}
catch (LocalLambdaStartException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
catch (InvalidOperationException exception) when (exception.InnerException is FormatException or ArgumentException)
{
    await Console.Error.WriteLineAsync(exception.Message); // a setting that is no number or no time span
    return 1;
}
