using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Tests;
using TasksBus.Worker;
using TasksBus.Worker.Functions;
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
}
