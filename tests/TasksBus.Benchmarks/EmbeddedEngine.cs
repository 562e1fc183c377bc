using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Benchmarks;

/// <summary>The engine in this process, on SQLite, with a function that returns at once.</summary>
internal sealed class EmbeddedEngine : IAsyncDisposable
{
    private readonly SqliteDatabase _database;
    private readonly IHost _host;
    private readonly CountingInvoker _invoker = new();
    private readonly TaskIntake _intake;

    private EmbeddedEngine(TemporaryFolder folder)
    {
        _database = SqliteDatabase.Open(folder.File("data"));
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddOptions<TasksBusOptions>();
        builder.Services.AddSingleton<IFunctionInvoker>(_invoker);
        builder.Services.AddTasksBus(_database);
        _host = builder.Build();
        _intake = _host.Services.GetRequiredService<TaskIntake>();
    }

    public IServiceProvider Services => _host.Services;

    public static async Task<EmbeddedEngine> StartAsync(TemporaryFolder folder)
    {
        EmbeddedEngine engine = new(folder);
        await engine._host.StartAsync();
        return engine;
    }

    /// <summary>Schedules tasks one by one, 32 at once, and waits until all have run.</summary>
    public Task RunOneByOneAsync(int tasks) => _invoker.UntilAsync(tasks, () =>
        Parallel.ForAsync(0, tasks, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (_, cancellationToken) => await _intake.ScheduleAsync(
                TaskId.New(), new() { FunctionName = "noop" }, caller: cancellationToken)));

    /// <summary>Schedules tasks 1,000 at a time, and waits until all have run.</summary>
    /// <param name="each">Called for each batch, with its number and what schedules it.</param>
    public Task RunInBatchesAsync(int tasks, Func<int, Func<Task>, Task>? each = null) => _invoker.UntilAsync(tasks, async () =>
    {
        for (var done = 0; done < tasks; done += 1_000)
        {
            ScheduleTask[] batch = [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "noop" }, Math.Min(1_000, tasks - done))];
            Task ScheduleAsync() => _intake.ScheduleAllAsync(batch);
            await (each is null ? ScheduleAsync() : each(done / 1_000, ScheduleAsync));
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _database.Dispose();
    }

    private sealed class CountingInvoker : IFunctionInvoker
    {
        private int _left;
        private TaskCompletionSource _done = new();

        public Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.TrySetResult();
            }

            return Task.FromResult<InvocationResult>(new InvocationResult.Succeeded("null"u8.ToArray(), null, null));
        }

        public async Task UntilAsync(int invocations, Func<Task> load)
        {
            _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _left, invocations);
            await load();
            await _done.Task;
        }
    }
}
