using Microsoft.Extensions.Logging;

namespace TasksBus.Client.MassTransit;

/// <summary>What the client logs: one method an entry.</summary>
internal static partial class BusClientLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Call} failed. It is tried again in {Seconds:0.0} s")]
    public static partial void TriesAgain(this ILogger logger, string call, double seconds, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "Listens to the ends of tasks from now on")]
    public static partial void Listens(this ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "Cannot listen to the ends of tasks. Waits look for them instead, at most every {Seconds:0} s")]
    public static partial void ListensNot(this ILogger logger, double seconds, Exception exception);
}
