using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using TasksBus.Contracts;
using TasksBus.Server.Logging;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Logging;

public sealed class LogScopeTests
{
    private const int InvocationBroke = 308;

    [Fact]
    public async Task An_entry_in_JSON_from_the_run_of_a_task_has_the_id_and_the_function_in_its_scope()
    {
        ScriptedInvoker invoker = new();
        invoker.On("breaks", static _ => throw new InvalidOperationException("It broke."));
        ConcurrentQueue<string> lines = [];
        await using var engine = await TestEngine.StartAsync(invoker, services: services =>
        {
            services.AddLogging(static log => log.UseServerLog(new ConfigurationBuilder().Build()));
            // The server's log, but for the queue before standard output.
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ILoggerProvider>(provider => new OutageLoggerProvider(
                new WrittenAsJson(provider.GetServices<ConsoleFormatter>(), lines), TimeProvider.System));
        });

        var task = await engine.ReachesAsync((await engine.ScheduleAsync("breaks")).Id, TaskStates.Failed);

        var entry = lines.Select(static line => JsonElement.Parse(line))
            .Single(static line => line.GetProperty("EventId").GetInt32() == InvocationBroke);
        var scope = entry.GetProperty("Scopes").EnumerateArray().Single(static each => each.TryGetProperty("Function", out _));
        Assert.Equal((task.Id.ToString(), "breaks"), (scope.GetProperty("TaskId").ToString(), scope.GetProperty("Function").GetString()));
    }

    private sealed class WrittenAsJson(IEnumerable<ConsoleFormatter> formatters, ConcurrentQueue<string> lines)
        : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConsoleFormatter _json = formatters.Single(static each => each.Name == ConsoleFormatterNames.Json);
        private IExternalScopeProvider? _scopes;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(WrittenAsJson owner, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner._scopes?.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                using StringWriter text = new();
                owner._json.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), owner._scopes, text);
                owner.Add(text.ToString());
            }
        }

        private void Add(string line) => lines.Enqueue(line);
    }
}
