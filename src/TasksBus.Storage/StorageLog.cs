using Microsoft.Extensions.Logging;

namespace TasksBus.Storage;

/// <summary>Everything that the databases log.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(226, LogLevel.Warning, "Notifications of the database are interrupted; the dispatcher polls until they are back")]
    public static partial void WakeUpsFailed(this ILogger logger, Exception exception);
}
