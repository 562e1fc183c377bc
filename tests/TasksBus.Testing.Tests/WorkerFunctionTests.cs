using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The functions of a worker, in the harness: the same code, on the test's clock.</summary>
public sealed class WorkerFunctionTests
{
    [Fact]
    public async Task The_functions_of_a_worker_run_with_their_input_their_result_and_their_log()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(static tasks =>
        {
            tasks.Settings.KeepResults = ["double"];
            tasks.AddFunctions(Register);
        });

        var id = await harness.ScheduleAsync("double", new Number(21));

        await harness.Task(id).ShouldComplete();
        Assert.Equal("""{"n":42}""", (await harness.Task(id).FindAsync())!.Result);
    }

    [Fact]
    public async Task An_exception_fails_the_task_and_data_that_does_not_fit_too()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(static tasks => tasks.AddFunctions(Register));

        var (broken, bad) = (await harness.ScheduleAsync("broken"), await harness.ScheduleAsync("double", new { n = "many" }));

        await harness.Task(broken).ShouldFail("NoImage");
        await harness.Task(bad).ShouldFail(TaskContext.InvalidInput);
    }

    [Fact]
    public async Task A_time_limit_of_minutes_takes_no_time()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(static tasks => tasks.AddFunctions(Register));
        var id = await harness.ScheduleAsync("wait");

        await harness.AdvanceAsync(TimeSpan.FromMinutes(6));

        await harness.Task(id).ShouldFail("TimeLimitExceeded");
    }

    /// <summary>As in a <c>WebApplicationFactory</c>: the application has a worker, and no server is there.</summary>
    [Fact]
    public async Task In_an_application_with_a_worker_the_harness_runs_its_functions_with_its_services()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddScoped<Greeting>();
        builder.Services.AddTasksBusWorker(static worker => worker.AddFunction<Greeter>("greet"));
        builder.Services.AddTasksBusTestHarness();
        using var application = builder.Build();
        await application.StartAsync();
        var harness = application.Services.GetTasksBusTestHarness();

        var id = await harness.ScheduleAsync("greet", new Number(5));

        await harness.Task(id).ShouldComplete();
        Assert.Contains("Hello 5", Assert.Single(Assert.Single(harness.Function("greet").Calls).Lines), StringComparison.Ordinal);
        await application.StopAsync();
    }

    private static void Register(TaskFunctions functions) => functions
        .AddFunction<Number, Number>("double", static (input, _, _) => Task.FromResult(new Number(2 * input.N)))
        .AddFunction("broken", static (_, _) => throw new FunctionErrorException("NoImage", "It is a text."))
        .AddFunction("wait", static (task, cancellationToken) =>
            Task.Delay(TimeSpan.FromHours(1), task.Services.GetRequiredService<TimeProvider>(), cancellationToken));

    private sealed record Number(int N);

    private sealed class Greeting
    {
        public string Word { get; } = "Hello";
    }

    private sealed class Greeter(Greeting greeting, ILogger<Greeter> logger) : ITaskFunction<Number>
    {
        public Task RunAsync(Number input, TaskContext task, CancellationToken cancellationToken)
        {
            WorkerTestLog.Greeted(logger, greeting.Word, input.N);
            return Task.CompletedTask;
        }
    }
}

internal static partial class WorkerTestLog
{
    [LoggerMessage(1, LogLevel.Information, "{Word} {N}")]
    public static partial void Greeted(ILogger logger, string word, int n);
}
