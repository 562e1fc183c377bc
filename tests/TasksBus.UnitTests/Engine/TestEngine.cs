using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;
using TasksBus.Tests.Functions;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>The whole engine in this process over a folder of its own; only the functions are fake.</summary>
internal sealed class TestEngine : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly SqliteDatabase _database;
    private readonly TempFolder? _ownFolder;

    private TestEngine(IHost host, SqliteDatabase database, TempFolder? ownFolder) =>
        (_host, _database, _ownFolder) = (host, database, ownFolder);

    public TaskIntake Intake => _host.Services.GetRequiredService<TaskIntake>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public DirectExecution Direct => _host.Services.GetRequiredService<DirectExecution>();

    /// <summary>Executes a task directly, for a caller who waits for it.</summary>
    public Task<DirectRun> ExecuteAsync(ScheduleTask task) => Direct.ExecuteAsync(task.FunctionName, () => task);

    public IBusControl Bus => _host.Services.GetRequiredService<IBusControl>();

    /// <summary>The real store, without the doubles that watch it.</summary>
    public ITaskStore Store => Get<ITaskStore>();

    public WatchedCommits Commits => Get<WatchedCommits>();

    /// <param name="folder">
    /// Where the database is, for a test that opens it again. Default: a folder that is deleted with the engine.
    /// </param>
    public static async Task<TestEngine> StartAsync(
        ScriptedInvoker invoker, Action<TasksBusOptions>? options = null, TempFolder? folder = null, TimeProvider? clock = null,
        Action<IServiceCollection>? services = null)
    {
        var ownFolder = folder is null ? new TempFolder() : null;
        var database = SqliteDatabase.Open((folder ?? ownFolder!).Path);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddSingleton<IFunctionInvoker>(invoker);
        builder.Services.AddOptions<TasksBusOptions>().Configure(options ?? (static _ => { }));
        builder.Services.AddTasksBus(database);
        builder.Services.Watch<ICommitStore, WatchedCommits>(static store => new(store))
            .Watch<ITaskReader, WatchedReader>(static store => new(store))
            .Watch<IEventOutbox, WatchedOutbox>(static store => new(store)).Watch<IWorkerLeases, WatchedLeases>(static store => new(store))
            .Watch<IOverdueTasks, WatchedDeadlines>(static store => new(store))
            .Watch<IReadyQueue, WatchedQueue>(static store => new(store));
        services?.Invoke(builder.Services);
        var engine = new TestEngine(builder.Build(), database, ownFolder);
        await engine._host.StartAsync();
        await engine.Bus.WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(
            async () => (await engine.Store.WorkersAsync(CancellationToken.None)).Count == 1, "the worker takes part");
        return engine;
    }

    public Task<TaskRecord> ScheduleAsync(string function, DateTimeOffset? start = null, long? priority = null) =>
        Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = function, StartTimestamp = start, Priority = priority });

    /// <summary>Lets events of a type trigger a function. The engine must have triggers.</summary>
    public Task<StoredTrigger> DispatchAsync(string eventType, string function) =>
        Get<TriggerBook>().CreateAsync(new(eventType, [new(new ScheduleTask { FunctionName = function })]), null, null);

    /// <summary>Stores or changes a managed function, as another process would. This process is not told.</summary>
    public Task ManageAsync(string function, Action<StoredFunction> settings) => _database.ManageAsync(function, settings);

    /// <summary>How many waiting tasks are not marked ready.</summary>
    public int Unmarked() =>
        _database.Read(static db => Convert.ToInt32(db.Scalar("select count(*) from waiting_tasks where is_ready = 0")));

    public Task<TaskRecord?> FindAsync(TaskId id) => Store.FindAsync(id);

    /// <summary>Waits until a task has a status, and until <see cref="Commits"/> knows what was committed so far.</summary>
    public async Task<TaskRecord> ReachesAsync(TaskId id, string status)
    {
        var task = await Store.ReachesAsync(id, status);
        await Eventually.TrueAsync(() => Commits.AreSettled, "no commit is under way");
        return task;
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _database.Dispose();
        _ownFolder?.Dispose();
    }
}

/// <summary>A folder that is deleted with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("tasksbus-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
