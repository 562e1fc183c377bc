using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>A life cycle over a real SQLite store in a folder of its own, with a clock that stands still unless it is moved.</summary>
internal sealed class StoredEngine : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new TaskIdAsText() } };

    private readonly Guid _leader = Guid.NewGuid();

    public StoredEngine()
    {
        Open();
        Machine = new();
        Faulty = new(Store);
        Lanes = CommitLanes.Shared(Faulty, static _ => { });
        Transitions = new(Lanes, Machine, new(KeptEvents.All), new(new Dictionary<string, IReadOnlyList<string>>()));
    }

    public static DateTimeOffset Start { get; } = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public string Folder { get; } = Directory.CreateTempSubdirectory("tasksbus-").FullName;

    public FakeTimeProvider Clock { get; } = new(Start);

    public SqliteDatabase Database { get; private set; } = null!;

    public SqliteTaskStore Store { get; private set; } = null!;

    /// <summary>What the group commit writes through.</summary>
    public StoreWithFaults Faulty { get; }

    public CommitLanes Lanes { get; }

    public GroupCommit Commits => Lanes.Intake;

    public TaskLifecycle Machine { get; }

    public TaskTransitions Transitions { get; }

    /// <summary>Closes the database and opens it as the next process would.</summary>
    public void Reopen()
    {
        Database.Dispose();
        Open();
        Faulty.Inner = Store;
    }

    /// <summary>A second server's view of the same tasks: its commits go past <see cref="Faulty"/>.</summary>
    public async Task<TransitionResult> RaiseBehindItsBackAsync(object message)
    {
        await using var lanes = CommitLanes.Shared(Store, static _ => { });
        return await RaiseAsync(message, new TaskTransitions(lanes, Machine, new(KeptEvents.All), new(new Dictionary<string, IReadOnlyList<string>>())));
    }

    public Task<TransitionResult> RaiseAsync(object message, TaskRecord? known = null) => RaiseAsync(message, Transitions, known);

    public async Task<TaskId> ScheduleAsync(ScheduleTask? task = null, TaskId? id = null)
    {
        var made = id ?? TaskId.New();
        var result = await RaiseAsync((task ?? new() { FunctionName = "greet" }) with { TaskId = made.ToString() });
        Assert.Equal(TransitionOutcome.Applied, result.Outcome);
        return made;
    }

    public async Task<Guid> AddWorkerAsync(Guid? id = null, int slots = 10)
    {
        var worker = id ?? Guid.NewGuid();
        await Store.AddWorkerAsync(new(worker, TaskRecord.DefaultPool, slots, 0, "host", "1", 0), default);
        return worker;
    }

    /// <summary>Leads, and says in which epoch.</summary>
    public async Task<long> EpochAsync() => (await Store.LeadAsync(_leader, TimeSpan.FromHours(1), default))!.Epoch;

    public async Task<TaskRecord?> FindAsync(TaskId id) => (await Store.LoadAsync([id], default)).GetValueOrDefault(id);

    public async Task<string> StateAsync(TaskId id) => (await FindAsync(id))?.Status ?? "none";

    /// <summary>All that is stored of a task: its row, log, place and events.</summary>
    public async Task<string> SnapshotAsync(TaskId id)
    {
        var task = await FindAsync(id);
        var log = await Store.LogAsync(id, default);
        var events = await EventsAsync(id);
        var rows = Rows("select number || ' ' || due_at || ' ' || is_ready from waiting_tasks where id = ?1 union all select 'deadline ' || deadline_at from running_tasks where id = ?1", id.ToString());
        return JsonSerializer.Serialize(new { task, log, events, rows }, s_json);
    }

    /// <summary>The types of a task's stored events, in order.</summary>
    public async Task<string[]> EventsAsync(TaskId id) =>
        [.. (await Store.NextEventsAsync(100_000, default)).Where(stored => stored.Event.Body.Contains($"\"taskId\":\"{id}\"", StringComparison.Ordinal)).Select(static stored => stored.Event.Type)];

    public bool HasPlace(TaskId id) => Rows("select number from waiting_tasks where id = ?1", id.ToString()).Count > 0;

    public async Task<int> RunningAsync(Guid worker) => (await Store.WorkersAsync(default)).Single(row => row.Id == worker).Running;

    public List<string> Rows(string sql, params object?[] values) =>
        Database.Read(db => db.List(sql, static row => row.GetValue(0).ToString()!, values));

    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync();
        Database.Dispose();
        Directory.Delete(Folder, true);
    }

    private Task<TransitionResult> RaiseAsync(object message, TaskTransitions transitions, TaskRecord? known = null) => message switch
    {
        ScheduleTask m => transitions.RaiseAsync(TaskId.Parse(m.TaskId!), Machine.Scheduled, m, known),
        CancelTask m => transitions.RaiseAsync(TaskId.Parse(m.TaskId), Machine.CancelRequested, m, known),
        SuccessorScheduled m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.SuccessorScheduled, m, known),
        TaskExecutedDirectly m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.ExecutedDirectly, m, known),
        TaskClaimed m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.Claimed, m, known),
        FunctionReturned m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.Returned, m, known),
        FunctionFailed m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.FunctionFailed, m, known),
        FunctionNotRun m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.NotRun, m, known),
        WorkerLost m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.WorkerLost, m, known),
        TimeLimitReached m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.TimeLimit.Received, m, known),
        StartDue m => transitions.RaiseAsync(TaskId.FromGuid(m.CorrelationId), Machine.Start.Received, m, known),
        _ => throw new ArgumentException($"{message.GetType().Name} is no event of a task.", nameof(message)),
    };

    private void Open()
    {
        Database = SqliteDatabase.Open(Folder);
        Store = new(Database, Clock, static () => new TaskState());
    }

    private sealed class TaskIdAsText : System.Text.Json.Serialization.JsonConverter<TaskId>
    {
        public override TaskId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TaskId.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
