using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>A life cycle over a real store of its own, whose clock goes forward when it is told.</summary>
internal abstract class StoredEngine : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new TaskIdAsText() } };

    private readonly Guid _leader = Guid.NewGuid();

    /// <summary>A time for what a test makes up.</summary>
    public static DateTimeOffset Start { get; } = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public ITaskStore Store { get; private set; } = null!;

    /// <summary>The database, in EF Core's words.</summary>
    public abstract IModelDatabase Model { get; }

    /// <summary>What is kept to be looked at, in the same database.</summary>
    public abstract IRecordStore Records { get; }

    /// <summary>What was counted of tasks, in the same database.</summary>
    public abstract IHistoryStore History { get; }

    /// <summary>The store that the group commit writes through.</summary>
    public StoreWithFaults Faulty { get; private set; } = null!;

    /// <summary>One lane, so that tests can say what gathers in a batch.</summary>
    public CommitLanes Lanes { get; private set; } = null!;

    public TaskLifecycle Machine { get; } = new();

    public TaskTransitions Transitions { get; private set; } = null!;

    /// <summary>How exactly the clock is known. Nothing in a test happens faster than this.</summary>
    public abstract TimeSpan Instant { get; }

    public async Task StartAsync()
    {
        Store = await OpenAsync();
        Faulty = new(Store);
        Lanes = CommitLanes.Shared(Faulty, static _ => { });
        Transitions = TransitionsOver(Lanes, Machine);
    }

    /// <summary>Closes the database and opens it again, as the next process would.</summary>
    public async Task ReopenAsync()
    {
        await CloseAsync();
        Store = await OpenAsync();
        Faulty.Inner = Store;
    }

    /// <summary>The time on the store's clock.</summary>
    public abstract Task<DateTimeOffset> NowAsync();

    /// <summary>Lets time pass on the store's clock.</summary>
    public abstract Task AdvanceAsync(TimeSpan by);

    /// <summary>Lets time pass, and makes everything that is stored older by the same time.</summary>
    public virtual Task LetAgeAsync(TimeSpan by) => AdvanceAsync(by);

    /// <summary>The first column of a query.</summary>
    public abstract Task<IReadOnlyList<string>> RowsAsync(string sql);

    /// <summary>An id as a query writes it.</summary>
    public abstract string Literal(TaskId id);

    /// <summary>What a second server sees of the same tasks. Its commits do not go through <see cref="Faulty"/>.</summary>
    public async Task<TransitionResult> RaiseBehindItsBackAsync(object message)
    {
        await using var lanes = CommitLanes.Shared(Store, static _ => { });
        return await RaiseAsync(message, TransitionsOver(lanes, Machine));
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
        await Store.AddWorkerAsync(new(worker, PoolNames.Default, slots, 0, "host", "1", 0), default);
        return worker;
    }

    /// <summary>Raises events that are committed in the lanes. Events of every type are stored.</summary>
    public static TaskTransitions TransitionsOver(CommitLanes lanes, TaskLifecycle machine) =>
        new(lanes, machine, new(KeptEvents.All));

    /// <summary>Leads, and returns its epoch.</summary>
    public async Task<long> EpochAsync() => (await Store.LeadAsync(_leader, TimeSpan.FromHours(1), default))!.Epoch;

    /// <summary>What takes in commands, over the same transitions.</summary>
    public TaskIntake IntakeWith(TasksBusOptions options) =>
        new(Transitions, Faulty, Faulty, Options.Create(options), NullLogger<TaskIntake>.Instance);

    /// <summary>Every task, in order of creation.</summary>
    public async Task<List<TaskRecord>> TasksAsync() =>
        [.. (await Store.FindAsync(RqlQuery.Everything with { Limit = 10_000 }, default)).Tasks.Reverse()];

    public async Task<TaskRecord?> FindAsync(TaskId id) => (await Store.LoadAsync([id], default)).GetValueOrDefault(id);

    public async Task<string> StateAsync(TaskId id) => (await FindAsync(id))?.Status ?? "none";

    /// <summary>Everything that is stored about a task: its row, log, place and events.</summary>
    public async Task<string> SnapshotAsync(TaskId id)
    {
        var task = await FindAsync(id);
        var log = await Store.LogAsync(id, default);
        var events = await EventsAsync(id);
        var rows = await RowsAsync(
            $"select number || ' ' || due_at || ' ' || is_ready from waiting_tasks where id = {Literal(id)} "
                + $"union all select 'deadline ' || deadline_at from running_tasks where id = {Literal(id)}");
        return JsonSerializer.Serialize(new { task, log, events, rows }, s_json);
    }

    /// <summary>The types of a task's stored events, in order.</summary>
    public async Task<string[]> EventsAsync(TaskId id) =>
        [.. (await Store.NextEventsAsync(100_000, default)).Where(stored =>
            stored.Event.Body.Contains($"\"taskId\":\"{id}\"", StringComparison.Ordinal)).Select(static stored => stored.Event.Type)];

    /// <summary>Whether a task is in the ready queue.</summary>
    public async Task<bool> HasPlaceAsync(TaskId id) =>
        (await RowsAsync($"select number from waiting_tasks where id = {Literal(id)}")).Count > 0;

    public async Task<int> RunningAsync(Guid worker) => (await Store.WorkersAsync(default)).Single(row => row.Id == worker).Running;

    public async ValueTask DisposeAsync()
    {
        // A store that could not be opened has no lanes, but still has files to delete.
        await (Lanes?.DisposeAsync() ?? ValueTask.CompletedTask);
        await CloseAsync();
        await DeleteAsync();
    }

    protected abstract Task<ITaskStore> OpenAsync();

    protected abstract Task CloseAsync();

    protected abstract Task DeleteAsync();

    /// <summary>Raises an event, or what a command asks for, through the transitions of a server.</summary>
    public static Task<TransitionResult> RaiseAsync(object message, TaskTransitions transitions, TaskRecord? known = null)
    {
        var raised = message switch
        {
            ScheduleTask command => new ScheduleRequested(TaskId.Parse(command.TaskId!).ToGuid(), command),
            CancelTask command => new CancelRequested(TaskId.Parse(command.TaskId).ToGuid()),
            _ => (TaskEvent)message,
        };
        return transitions.RaiseAsync(raised, known);
    }

    private sealed class TaskIdAsText : System.Text.Json.Serialization.JsonConverter<TaskId>
    {
        public override TaskId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TaskId.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
