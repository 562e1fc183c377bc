using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.Tests.Triggers;

/// <summary>A test of triggers and events over either store.</summary>
public abstract class TriggerTest : IAsyncLifetime
{
    private protected TriggerTest(StoredEngine engine) => Engine = engine;

    private protected StoredEngine Engine { get; }

    private protected TasksBusOptions Settings { get; } = new();

    private protected TriggerBook Book { get; private set; } = null!;

    private protected EventIntake Intake { get; private set; } = null!;

    private protected IRaisedEventStore Events { get; private set; } = null!;

    private protected ITriggerStore Triggers { get; private set; } = null!;

    /// <summary>The ids of what the intake of events logged.</summary>
    private protected ConcurrentQueue<int> Logged { get; } = [];

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        var tasks = Engine.IntakeWith(Settings);
        Triggers = new TriggerStore(Engine.Model);
        Events = new RaisedEventStore(Engine.Model, Engine.Store.TryAddAsync);
        Book = new(Triggers, Engine.Store, tasks);
        Intake = new(tasks, Triggers, Events, Engine.Store, Engine.Store, TimeProvider.System, new IdLog(Logged));
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    private protected static NewAction Action(string function, string? data = null, long? delay = null, long? priority = null) =>
        new(new ScheduleTask { FunctionName = function, Data = data is null ? null : JsonElement.Parse(data), Priority = priority })
        {
            Delay = delay,
        };

    private protected Task<StoredTrigger> CreateAsync(string eventType, params NewAction[] actions) =>
        Book.CreateAsync(new(eventType, actions), null, null);

    private protected Task<RaisedEvent> RaiseAsync(string type, string? content = null, TaskId? id = null, TaskId? by = null) =>
        Intake.RaiseAsync(id ?? TaskId.New(), new(type, content, by));

    /// <summary>Every task, in order of creation.</summary>
    private protected Task<List<TaskRecord>> TasksAsync() => Engine.TasksAsync();

    private protected async Task<TaskRecord> OnlyTaskAsync() => Assert.Single(await TasksAsync());

    private protected async Task<IReadOnlyList<RaisedEvent>> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, TriggerProperties.Events);
        Assert.Null(error);
        return (await Events.FindAsync(query, default)).Events;
    }

    private sealed class IdLog(ConcurrentQueue<int> ids) : ILogger<EventIntake>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            ids.Enqueue(eventId.Id);
    }
}
