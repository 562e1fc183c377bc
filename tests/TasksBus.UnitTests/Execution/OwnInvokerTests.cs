using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Tests;
using TasksBus.Worker;
using TasksBus.Worker.Functions;
using TasksBus.Worker.Logs;
using Xunit;

namespace TasksBus.UnitTests.Execution;

/// <summary>How functions in this process end.</summary>
public sealed class OwnInvokerTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    /// <summary>An exception on a timer of the runtime would end the process, and this test run with it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_function_does_at_its_cancellation_may_throw(bool atTheEndOfTheWorker)
    {
        TaskFunctions functions = new();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        functions.AddFunction("careless", async (_, cancellationToken) =>
        {
            cancellationToken.Register(static () => throw new InvalidOperationException("careless"));
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        });
        using OwnInvoker invoker = new(
            functions, _services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger<OwnInvoker>.Instance);
        var payload = Encoding.UTF8.GetBytes($$"""{"id":"{{TaskId.New()}}","functionName":"careless"}""");

        var answer = invoker.InvokeAsync(
            new("careless", payload, atTheEndOfTheWorker ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(2)), default);
        await begun.Task.EndsAsync();
        if (atTheEndOfTheWorker)
        {
            invoker.Interrupt();
        }

        var failed = Assert.IsType<InvocationResult.FunctionFailed>(await answer.EndsAsync());
        Assert.Equal(atTheEndOfTheWorker ? OwnInvoker.WorkerStopped : TaskErrorNames.TimeLimitExceeded, failed.Name);
    }

    [Fact]
    public async Task What_a_function_logged_that_ignores_its_token_is_the_log_of_its_task()
    {
        TaskFunctions functions = new();
        using ManualResetEventSlim free = new();
        functions.AddFunction("deaf", (_, _) =>
        {
            RunLog.Current!.Write("INFO", "still there");
            free.Wait(CancellationToken.None);
            return Task.CompletedTask;
        });
        using var invoker = Invoker(functions);
        var code = Task.CompletedTask;
        var invocation = Invocation("deaf", TimeSpan.FromSeconds(1)) with { GoesOn = run => code = run };

        var unknown = Assert.IsType<InvocationResult.Unknown>(await invoker.InvokeAsync(invocation, default).EndsAsync());
        free.Set();
        await code.EndsAsync();

        Assert.Equal(TaskErrorNames.TimeLimitExceeded, unknown.Name);
        Assert.EndsWith("still there", unknown.Log, StringComparison.Ordinal);
        Assert.Equal(unknown.Log, Outcomes.LogOf(unknown));
    }

    [Fact]
    public async Task The_result_of_a_task_counts_also_where_the_delegate_does_not_say_its_type()
    {
        var functions = new TaskFunctions()
            .AddFunction("none", static (_, _) => Task.CompletedTask)
            .AddFunction("awaits", static async (_, _) => await Task.Yield())
            .AddFunction("plain", (Func<TaskContext, CancellationToken, Task>)(static (_, _) => FiveAsync()))
            .AddFunction("no-json", (Func<TaskContext, CancellationToken, Task>)(static (_, _) => Task.FromResult(typeof(int))))
            .AddFunction<int?>("input", static (_, _, _) => FiveAsync())
            .AddFunction<Sized>("class");
        using var invoker = Invoker(functions);

        foreach (var (name, result) in new[]
            { ("none", "null"), ("awaits", "null"), ("no-json", "null"), ("plain", "5"), ("input", "5"), ("class", "5") })
        {
            var answer = await invoker.InvokeAsync(Invocation(name, TimeSpan.FromMinutes(1)), default).EndsAsync();
            var done = Assert.IsType<InvocationResult.Succeeded>(answer);
            Assert.Equal((name, result), (name, Encoding.UTF8.GetString(done.Payload.Span)));
        }
    }

    private static async Task<int> FiveAsync()
    {
        await Task.Yield();
        return 5;
    }

    private static FunctionInvocation Invocation(string function, TimeSpan limit) =>
        new(function, Encoding.UTF8.GetBytes($$"""{"id":"{{TaskId.New()}}","functionName":"{{function}}"}"""), limit);

    private OwnInvoker Invoker(TaskFunctions functions) => new(
        functions, _services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System, NullLogger<OwnInvoker>.Instance);

    private sealed class Sized : ITaskFunction<int?>
    {
        public Task RunAsync(int? input, TaskContext task, CancellationToken cancellationToken) => FiveAsync();
    }
}
