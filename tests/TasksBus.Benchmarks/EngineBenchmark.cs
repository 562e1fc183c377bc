using Microsoft.Data.Sqlite;
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

/// <summary>The engine alone, its functions returning at once: what scheduling, dispatch, claim and report cost.</summary>
internal static class EngineBenchmark
{
    public static async Task RunAsync(int tasks)
    {
        var report = new Report("Engine in process, function = nothing. Baseline: one durable SQLite row a commit.");
        report.Start();
        using var folder = new TemporaryFolder();
        await report.MeasureAsync(
            "baseline: insert one row, commit, again", 2_000, () => InsertOneByOneAsync(folder.File("baseline.db"), 2_000));

        using var database = SqliteDatabase.Open(folder.File("data"));
        var invoker = new CountingInvoker();
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddOptions<TasksBusOptions>();
        builder.Services.AddSingleton<IFunctionInvoker>(invoker);
        builder.Services.AddTasksBus(database);
        using var host = builder.Build();
        await host.StartAsync();
        var intake = host.Services.GetRequiredService<TaskIntake>();

        await invoker.UntilAsync(tasks / 4, () => OneByOneAsync(intake, tasks / 4));
        await report.MeasureAsync(
            "one by one, 32 at once, to completion", tasks, () => invoker.UntilAsync(tasks, () => OneByOneAsync(intake, tasks)));
        await report.MeasureAsync(
            "in batches of 1,000, to completion", tasks, () => invoker.UntilAsync(tasks, () => InBatchesAsync(intake, tasks)));
        await host.StopAsync();
    }

    private static Task OneByOneAsync(TaskIntake intake, int tasks) =>
        Parallel.ForAsync(0, tasks, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (_, cancellationToken) => await intake.ScheduleAsync(
                TaskId.New(), new() { FunctionName = "noop" }, caller: cancellationToken));

    private static async Task InBatchesAsync(TaskIntake intake, int tasks)
    {
        for (var done = 0; done < tasks; done += 1_000)
        {
            await intake.ScheduleAllAsync(
                [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "noop" }, Math.Min(1_000, tasks - done))]);
        }
    }

    private static Task InsertOneByOneAsync(string file, int rows)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "pragma journal_mode = wal; pragma synchronous = full; "
            + "create table rows(number integer primary key, text text)";
        command.ExecuteNonQuery();
        command.CommandText = "insert into rows(text) values('a row about as long as a small task')";
        for (var i = 0; i < rows; i++)
        {
            command.ExecuteNonQuery();
        }

        return Task.CompletedTask;
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
