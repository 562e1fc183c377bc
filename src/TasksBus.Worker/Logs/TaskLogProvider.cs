using Microsoft.Extensions.Logging;

namespace TasksBus.Worker.Logs;

/// <summary>
/// Makes what functions log the logs of their tasks, beside the other logs of the application. Its alias in the settings of logging is
/// <c>TaskLog</c>.
/// </summary>
[ProviderAlias("TaskLog")]
internal sealed class TaskLogProvider : ILoggerProvider
{
    private static readonly TaskLogger s_logger = new();

    public ILogger CreateLogger(string categoryName) => s_logger;

    public void Dispose()
    {
        // There is nothing to dispose of.
    }

    private sealed class TaskLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && RunLog.Current is not null;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (RunLog.Current is not { } log)
            {
                return;
            }

            var message = formatter(state, exception);
            log.Write(logLevel switch
            {
                LogLevel.Trace => "TRACE",
                LogLevel.Debug => "DEBUG",
                LogLevel.Information => "INFO",
                LogLevel.Warning => "WARN",
                LogLevel.Error => "ERROR",
                _ => "FATAL",
            }, exception is null ? message : $"{message}\n{exception}");
        }
    }
}
