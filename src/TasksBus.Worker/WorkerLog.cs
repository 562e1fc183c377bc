using Microsoft.Extensions.Logging;

namespace TasksBus.Worker;

/// <summary>What the worker logs besides the engine: 7xx.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(711, LogLevel.Error, "The function {Function} failed")]
    public static partial void FunctionFailed(ILogger logger, string function, Exception exception);

    [LoggerMessage(712, LogLevel.Warning, "The worker takes tasks when the database is there")]
    public static partial void WaitingForDatabase(ILogger logger, Exception exception);

    [LoggerMessage(713, LogLevel.Critical, "The worker cannot start, and the application stops")]
    public static partial void CannotStart(ILogger logger, Exception exception);

    [LoggerMessage(714, LogLevel.Error, "What the function {Function} does at its cancellation failed")]
    public static partial void CancellationFailed(ILogger logger, string function, Exception exception);
}
