using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace TasksBus.Server.Logging;

/// <summary>
/// The log of the server: the console, as <c>Logging:Console</c> configures it, behind <see cref="OutageLoggerProvider"/>.
/// </summary>
internal static class ServerLogging
{
    /// <summary>ISO 8601 in UTC, like all times of the API.</summary>
    private const string Timestamp = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    /// <summary>
    /// Replaces the logging that was added before. Each entry is one line, with its time in UTC. Entries that standard output does not
    /// accept in time are dropped and counted, so nothing in the server waits for a reader of its log.
    /// </summary>
    public static void UseServerLog(this ILoggingBuilder logging, IConfiguration configuration)
    {
        logging.ClearProviders();
        logging.AddConfiguration(configuration.GetSection("Logging"));
        // A host's builder sets its format in code, and no setting could change it.
        logging.Services.RemoveAll<IConfigureOptions<ConsoleLoggerOptions>>();
        logging.Services.RemoveAll<IConfigureOptions<SimpleConsoleFormatterOptions>>();
        logging.Services.RemoveAll<IConfigureOptions<JsonConsoleFormatterOptions>>();
        // This comes before AddConsole, which adds the configuration, so that the configuration wins.
        logging.Services.Configure<ConsoleLoggerOptions>(static console =>
            (console.FormatterName, console.QueueFullMode) = (ConsoleFormatterNames.Simple, ConsoleLoggerQueueFullMode.DropWrite));
        logging.Services.Configure<SimpleConsoleFormatterOptions>(static simple =>
            (simple.SingleLine, simple.IncludeScopes, simple.UseUtcTimestamp, simple.TimestampFormat) = (true, false, true, Timestamp));
        logging.Services.Configure<JsonConsoleFormatterOptions>(
            static json => (json.UseUtcTimestamp, json.TimestampFormat, json.IncludeScopes) = (true, Timestamp.TrimEnd(), true));
        logging.AddConsole();
        logging.Services.RemoveAll<ILoggerProvider>();
        logging.Services.TryAddSingleton(TimeProvider.System);
        logging.Services.AddSingleton<ILoggerProvider>(static provider => new OutageLoggerProvider(
            new ConsoleLoggerProvider(
                provider.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>(), provider.GetServices<ConsoleFormatter>()),
            provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>True when people read the log, who may find other text beside it.</summary>
    public static bool IsForPeople(IConfiguration configuration) =>
        configuration["Logging:Console:FormatterName"] is null or ConsoleFormatterNames.Simple;
}
