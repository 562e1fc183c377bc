using Microsoft.Extensions.Logging;

namespace TasksBus.Client.MassTransit;

/// <summary>What the client logs: one method an entry.</summary>
internal static partial class BusClientLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Call} failed. It is tried again in {Seconds:0.0} s")]
    public static partial void TriesAgain(this ILogger logger, string call, double seconds, Exception exception);

    [LoggerMessage(2, LogLevel.Debug, "Listens to the ends of tasks, as long as anybody waits")]
    public static partial void Listens(this ILogger logger);

    [LoggerMessage(4, LogLevel.Debug, "The queue for the ends of tasks could not be given up. It goes with the bus")]
    public static partial void StaysConnected(this ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Cannot listen to the ends of tasks. Waits look for them instead, at most every {Seconds:0} s")]
    public static partial void ListensNot(this ILogger logger, double seconds, Exception exception);
}
