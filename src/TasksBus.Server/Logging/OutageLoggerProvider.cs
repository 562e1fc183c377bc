using System.Collections.Concurrent;

namespace TasksBus.Server.Logging;

/// <summary>
/// Prevents repeated failures from flooding the log. An outage of the database or the broker, and a time without room for callers, take one
/// line when they begin, one a minute and one at their end (<see cref="Outage"/>). Other failures of one kind take at most ten lines a
/// minute (<see cref="RepeatedFailure"/>). Omitted lines are counted, and the count is logged.
/// </summary>
[ProviderAlias("Console")]
internal sealed class OutageLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly ILoggerProvider _inner;
    private readonly TimeProvider _clock;
    private readonly ILogger _own;
    private readonly Dictionary<Trouble, Outage> _outages;
    private readonly ConcurrentDictionary<(string Category, EventId Event, Type Failure), RepeatedFailure> _repeated = [];

    public OutageLoggerProvider(ILoggerProvider inner, TimeProvider clock)
    {
        (_inner, _clock) = (inner, clock);
        _own = inner.CreateLogger(typeof(Outage).FullName!);
        // These are longer than any pause between two tries: the database is asked at least every 5 seconds, the broker at least every 30.
        var (often, seldom) = (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(45));
        _outages = new()
        {
            [Trouble.DatabaseAway] = new(new("The database", "away", "is back"), often, _own, clock),
            [Trouble.BrokerAway] = new(new("The broker", "away", "is back"), seldom, _own, clock),
            [Trouble.IntakeFull] = new(new("The intake", "full", "has room again"), often, _own, clock),
            [Trouble.ListsFull] = new(new("The room for lists", "full", "has room again"), often, _own, clock),
        };
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName, _inner.CreateLogger(categoryName));

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) =>
        (_inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose()
    {
        foreach (var told in _outages.Values.Concat<IDisposable>(_repeated.Values))
        {
            told.Dispose();
        }

        _inner.Dispose();
    }

    /// <returns>True when the entry is to be written unchanged.</returns>
    private bool Passes(string category, EventId @event, string text, Exception exception)
    {
        if (Cause.Of(exception) is { } cause)
        {
            _outages[cause.Trouble].Failed(@event.Name ?? category, text, cause.Reason);
            return false;
        }

        return _repeated.GetOrAdd((category, @event, exception.GetType()), static (key, provider) =>
            new(key.Event.Name ?? key.Category, key.Failure.Name, provider._own, provider._clock), this).Passes();
    }

    private sealed class Logger(OutageLoggerProvider provider, string category, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning || exception is null || provider.Passes(category, eventId, formatter(state, null), exception))
            {
                inner.Log(logLevel, eventId, state, exception, (written, thrown) => PlainText.Of(formatter(written, thrown)));
            }
        }
    }
}
