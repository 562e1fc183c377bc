using Microsoft.Extensions.Logging;

namespace TasksBus.Client.Http;

/// <summary>What the client logs: one method an entry.</summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Warning, "A call to TasksBus failed. It is tried again in {Seconds:0.0} s")]
    public static partial void TriesAgain(this ILogger logger, double seconds, Exception exception);
}
