using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests.Storage;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>PostgreSQL with a database of its own. Its clock cannot be moved, so the stored times are moved the other way.</summary>
internal sealed class PostgresEngine(LocalServers servers) : StoredEngine
{
    private readonly List<Peer> _peers = [];
    private PostgresDatabase? _opened;

    public override IModelDatabase Model => _opened!;

    public override IRecordStore Records => new PostgresRecordStore(_opened!);

    public override IHistoryStore History => new PostgresHistoryStore(_opened!);

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>Longer than a busy machine takes from one line of a test to the next.</summary>
    public override TimeSpan Instant => TimeSpan.FromSeconds(20);

    public override async Task<DateTimeOffset> NowAsync() => Microsecond(await Database.ScalarAsync<DateTime>("select now()"));

    public override Task AdvanceAsync(TimeSpan by)
    {
        var moved = Microseconds.Of(by);
        return Database.ExecuteAsync(
            $"""
            update waiting_tasks set due_at = due_at - {moved};
            update running_tasks set deadline_at = deadline_at - {moved};
            update schedules set next_at = next_at - {moved}, start_at = start_at - {moved};
            update leader set lease_ends_at = lease_ends_at - {moved}
            """);
    }

    public override async Task LetAgeAsync(TimeSpan by)
    {
        var moved = Microseconds.Of(by);
        await AdvanceAsync(by);
        await Database.ExecuteAsync(
            $"""
            update tasks set created_at = created_at - {moved};
            update finished_tasks set changed_at = changed_at - {moved};
            update task_logs set received_at = received_at - {moved};
            update bulk_operations set created_at = created_at - {moved}, updated_at = updated_at - {moved}
            """);
    }

    public override Task<IReadOnlyList<string>> RowsAsync(string sql) => Database.RowsAsync(sql);

    public override string Literal(TaskId id) => $"'{id.ToGuid()}'::uuid";

    /// <summary>Another server on the same database; it ends with the engine.</summary>
    public Peer AddPeer()
    {
        var peer = new Peer(this);
        _peers.Add(peer);
        return peer;
    }

    protected override async Task<ITaskStore> OpenAsync()
    {
        Database ??= await servers.CreateDatabaseAsync();
        _opened = new(Database.ConnectionString, longestList: Eventually.Patience);
        return new PostgresTaskStore(_opened, static () => new TaskSaga());
    }

    protected override async Task CloseAsync() => await (_opened?.DisposeAsync() ?? ValueTask.CompletedTask);

    protected override async Task DeleteAsync()
    {
        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        await (Database?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static DateTimeOffset Microsecond(DateTime time) => new(time, TimeSpan.Zero);
}

/// <summary>The storage of a server process: connections, a store and three lanes.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly PostgresEngine _engine;
    private readonly TaskTransitions _transitions;

    public Peer(PostgresEngine engine)
    {
        _engine = engine;
        Database = new(engine.Database.ConnectionString);
        Store = new(Database, static () => new TaskSaga());
        Lanes = CommitLanes.Separate(Store, static _ => { });
        _transitions = StoredEngine.TransitionsOver(Lanes, engine.Machine);
    }

    public PostgresDatabase Database { get; }

    public PostgresTaskStore Store { get; }

    public CommitLanes Lanes { get; }

    public Task<TransitionResult> RaiseAsync(object message, TaskRecord? known = null) =>
        StoredEngine.RaiseAsync(message, _transitions, known);

    public Task<IReadOnlyList<TaskRecord>> ScheduleAllAsync(IReadOnlyList<ScheduleTask> tasks) => _transitions.ScheduleAllAsync(tasks);

    public async ValueTask DisposeAsync()
    {
        await Lanes.DisposeAsync();
        await Database.DisposeAsync();
    }
}
