using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Telemetry;

namespace TasksBus.Execution;

/// <summary>
/// Turns the outcome of an invocation into a result, for tasks and for API functions. Every failure is a result. Each result has one error,
/// except that of a function that returned.
/// </summary>
internal static class Outcomes
{
    /// <summary>Invokes a function once, and measures it.</summary>
    /// <param name="functionName">The name in the task or request.</param>
    /// <param name="run">The state that is passed to the three functions below.</param>
    /// <param name="invoke">Makes the event and hands it to the invoker.</param>
    /// <param name="late">The message about a function that did not answer in time.</param>
    /// <param name="broke">Logs an exception that no invoker should throw.</param>
    /// <param name="patience">How long to wait for the answer.</param>
    public static async Task<InvocationResult> InvokeAsync<T>(
        string functionName, T run, Func<T, CancellationToken, Task<InvocationResult>> invoke, Func<T, string> late,
        Action<T, Exception> broke, TimeSpan patience, TaskMetrics metrics, TimeProvider clock)
    {
        var began = clock.GetTimestamp();
        using var span = TaskTraces.Invoke(functionName);
        var result = await InvokeAsync(run, invoke, late, broke, patience, clock);
        TaskTraces.Invoked(span, result);
        metrics.Invoked(functionName, result, clock.GetElapsedTime(began));
        return result;
    }

    private static async Task<InvocationResult> InvokeAsync<T>(
        T run, Func<T, CancellationToken, Task<InvocationResult>> invoke, Func<T, string> late, Action<T, Exception> broke,
        TimeSpan patience, TimeProvider clock)
    {
        using var deadline = new CancellationTokenSource(patience, clock);
        try
        {
            return await invoke(run, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new InvocationResult.Unknown(TaskErrorNames.TimeLimitExceeded, late(run));
        }
        catch (Exception exception)
        {
            broke(run, exception);
            var message = ErrorText.Clean($"The invocation failed in an unexpected way: {exception.Message}", ErrorText.MessageLimit);
            return new InvocationResult.Unknown(exception.GetType().Name, message);
        }
    }

    /// <summary>The error of a run with this result. Null for a function that returned.</summary>
    public static TaskError? ErrorOf(InvocationResult result) => result switch
    {
        InvocationResult.Succeeded => null,
        InvocationResult.FunctionFailed failed => new(TaskErrorTypes.Runtime, failed.Name, failed.Message),
        InvocationResult.NotInvoked refused => new(TaskErrorTypes.Invocation, refused.Name, refused.Message),
        InvocationResult.NotRunYet notYet => new(TaskErrorTypes.Invocation, notYet.Name, notYet.Message),
        InvocationResult.Unknown unknown => new(TaskErrorTypes.Runtime, unknown.Name, unknown.Message),
        _ => throw new InvalidOperationException($"{result.GetType().Name} is no result of an invocation."),
    };

    /// <summary>The name of the error that a run reports. Null for a function that returned.</summary>
    public static string? ErrorNameOf(TaskEvent report) => report switch
    {
        FunctionFailed failed => failed.Error.Name,
        FunctionNotRun notRun => notRun.Error.Name,
        _ => null,
    };

    /// <summary>
    /// What the function printed, without U+0000, which not every database accepts in texts. Null when nothing is known of it.
    /// </summary>
    public static string? LogOf(InvocationResult result) => (result switch
    {
        InvocationResult.Succeeded done => done.Log,
        InvocationResult.FunctionFailed failed => failed.Log,
        InvocationResult.Unknown unknown => unknown.Log,
        _ => null,
    })?.Replace('\0', '\uFFFD');
}
