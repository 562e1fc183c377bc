using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>What a member logged.</summary>
internal sealed class LogBook(bool isOfMassTransit = false) : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _entries = [];

    /// <summary>The texts of an event, in their order.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _entries.Where(entry => entry.Id == eventId).Select(static entry => entry.Text)];

    /// <summary>What MassTransit logged and an operator would see.</summary>
    public LogBook? MassTransit { get; } = isOfMassTransit ? null : new(isOfMassTransit: true);

    /// <summary>All texts, in their order.</summary>
    public IReadOnlyList<string> All => [.. _entries.Select(static entry => entry.Text)];

    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("TasksBus", StringComparison.Ordinal) ? this
        : categoryName.StartsWith("MassTransit", StringComparison.Ordinal) ? MassTransit!
        : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => !isOfMassTransit || logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((eventId.Id, exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
