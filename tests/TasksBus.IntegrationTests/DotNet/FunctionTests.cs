using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.IntegrationTests.DotNet;

/// <summary>Functions in .NET, in applications that are workers of a real cluster.</summary>
public sealed class FunctionTests(LocalServers servers) : DotNetTest(servers)
{
    [Fact]
    public async Task A_function_gets_its_input_and_its_result_and_its_log_are_the_tasks()
    {
        await StartAsync(static worker =>
        {
            worker.Settings = static options => options.KeepResults = ["double"];
            worker.AddFunction<Number, Number>("double", static async (input, task, cancellationToken) =>
            {
                var logger = task.Services.GetRequiredService<ILogger<FunctionTests>>();
                await Task.Delay(10, cancellationToken);
                WorkerTestLog.Doubling(logger, input.N, task.FunctionName);
                return new Number(2 * input.N);
            });
        });

        var id = await ScheduleAsync("double", new { n = 21 });

        await Cluster.ReachesAsync(id, TaskStates.Complete);
        Assert.Equal("""{"n":42}""", (await Cluster.Store.FindAsync(id, default))!.Result);
        Assert.Matches(@"\A\d{4}-\d\d-\d\dT[\d:.]+Z\tINFO\tDoubling 21 of double\z", await LogOfAsync(id));
    }

    [Fact]
    public async Task Each_task_has_a_scope_of_its_own_that_ends_with_it()
    {
        ConcurrentQueue<Scoped> made = [];
        await StartAsync(
            static worker => worker.AddFunction<Greeter>("greet"),
            services => services.AddScoped(_ =>
            {
                Scoped scoped = new();
                made.Enqueue(scoped);
                return scoped;
            }));

        var ids = new[] { await ScheduleAsync("greet", new { n = 1 }), await ScheduleAsync("greet", new { n = 2 }) };

        await Cluster.CompleteAsync(ids);
        Assert.Equal([1, 2], made.Select(static scoped => scoped.Seen).Order());
        Assert.All(made, static scoped => Assert.True(scoped.IsDisposed));
    }

    [Fact]
    public async Task An_exception_is_the_tasks_error_and_its_trace_is_in_the_log()
    {
        await StartAsync(static worker => worker
            .AddFunction("broken", static (_, _) => throw new InvalidOperationException("It broke."))
            .AddFunction("named", static (_, _) => throw new FunctionErrorException("NoImage", "It is a text.")));

        var (broken, named) = (await ScheduleAsync("broken"), await ScheduleAsync("named"));

        Assert.Equal(new(TaskErrorTypes.Runtime, nameof(InvalidOperationException), "It broke."), await FailsAsync(broken));
        Assert.Equal(new(TaskErrorTypes.Runtime, "NoImage", "It is a text."), await FailsAsync(named));
        Assert.Contains($"at {typeof(FunctionTests).FullName}", await LogOfAsync(broken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"n":"many"}""", "is no Number")]
    [InlineData(null, "has no data")]
    public async Task Input_that_is_not_what_the_function_needs_fails_the_task(string? data, string words)
    {
        await StartAsync(static worker => worker.AddFunction<Number>("count", static (_, _, _) => Task.CompletedTask));

        var id = await ScheduleAsync("count", data is null ? null : System.Text.Json.JsonElement.Parse(data));

        var error = await FailsAsync(id);
        Assert.Equal(TaskContext.InvalidInput, error.Name);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_limit_cancels_a_function_that_listens()
    {
        await StartAsync(static worker =>
        {
            worker.Settings = static options => options.TaskTimeLimit = TimeSpan.FromSeconds(1);
            worker.AddFunction("wait", static (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));
        });

        var error = await FailsAsync(await ScheduleAsync("wait"));

        Assert.Equal(TaskErrorNames.TimeLimitExceeded, error.Name);
        Assert.Contains("within 1 seconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_does_not_listen_keeps_its_slot_until_it_returns()
    {
        TaskCompletionSource stubborn = new();
        var application = await StartAsync(worker =>
        {
            worker.Slots = 2;
            worker.Settings = static options => options.TaskTimeLimit = TimeSpan.FromSeconds(1);
            worker.AddFunction("stubborn", (_, _) => stubborn.Task);
            worker.AddFunction("quick", static (_, _) => Task.CompletedTask);
        });

        var id = await ScheduleAsync("stubborn");
        Assert.Equal(TaskErrorNames.TimeLimitExceeded, (await FailsAsync(id)).Name);
        Assert.Contains(id.ToString(), Assert.Single(application.Log.Of(320)), StringComparison.Ordinal);
        Assert.Equal(1, await OfferedAsync());

        // The other slot works on.
        await Cluster.CompleteAsync([await ScheduleAsync("quick"), await ScheduleAsync("quick")]);
        stubborn.SetResult();
        await Eventually.TrueAsync(async () => await OfferedAsync() == 2, "the slot is offered again");
        Assert.Equal(TaskStates.Failed, (await Cluster.FindAsync(id))!.Status);
    }

    [Fact]
    public async Task A_stopping_application_waits_for_its_functions_and_cancels_them_when_the_drain_is_over()
    {
        var began = new SemaphoreSlim(0);
        var application = await StartAsync(worker =>
        {
            worker.Settings = static options => options.DrainTimeout = TimeSpan.FromSeconds(2);
            worker.AddFunction("short", async (_, cancellationToken) =>
            {
                began.Release();
                await Task.Delay(1_000, cancellationToken);
            });
            worker.AddFunction("long", async (_, cancellationToken) =>
            {
                began.Release();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            });
        });
        var (brief, lengthy) = (await ScheduleAsync("short"), await ScheduleAsync("long"));
        await began.WaitAsync().EndsAsync();
        await began.WaitAsync().EndsAsync();

        await application.Host.StopAsync().EndsAsync();

        await Cluster.ReachesAsync(brief, TaskStates.Complete);
        Assert.Equal("WorkerStopped", (await FailsAsync(lengthy)).Name);
        Assert.Empty(await Cluster.Database.RowsAsync("select pool || ' ' || slots || ' ' || beat from workers"));
    }

    [Fact]
    public async Task The_health_check_says_whether_the_worker_takes_tasks()
    {
        var application = await StartAsync(
            static worker => worker.AddFunction("nothing", static (_, _) => Task.CompletedTask),
            static services => services.AddHealthChecks().AddTasksBusWorker());
        var health = application.Host.Services.GetRequiredService<HealthCheckService>();

        await Eventually.TrueAsync(async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy, "it is healthy");
        await application.Host.StopAsync();

        var report = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("lease", report.Entries["tasksbus-worker"].Description, StringComparison.Ordinal);
    }

    private async Task<int> OfferedAsync() =>
        int.Parse(Assert.Single(await Cluster.Database.RowsAsync($"select slots from workers where pool = '{Pool}'")), null);

    private sealed record Number(int N);

    private sealed class Scoped : IDisposable
    {
        public int Seen { get; set; }

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class Greeter(Scoped scoped) : ITaskFunction<Number>
    {
        public Task RunAsync(Number input, TaskContext task, CancellationToken cancellationToken)
        {
            scoped.Seen = input.N;
            return Task.CompletedTask;
        }
    }
}

internal static partial class WorkerTestLog
{
    [LoggerMessage(1, LogLevel.Information, "Doubling {N} of {Function}")]
    public static partial void Doubling(ILogger logger, int n, string function);
}
