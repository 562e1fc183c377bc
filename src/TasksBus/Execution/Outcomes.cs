using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;

namespace TasksBus.Execution;

/// <summary>
/// What came of an invocation, for tasks as for API functions: whatever goes wrong is a result, and each result is one error.
/// </summary>
internal static class Outcomes
{
    /// <summary>Invokes a function once.</summary>
    /// <param name="run">What the three below are told.</param>
    /// <param name="invoke">Makes the event and hands it to the invoker.</param>
    /// <param name="late">What is said of a function that gave no answer in time.</param>
    /// <param name="broke">Logs what no invoker should throw.</param>
    /// <param name="patience">How long is waited for the answer.</param>
    public static async Task<InvocationResult> InvokeAsync<T>(
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

    /// <summary>The error of a run that ends so; null for a function that returned.</summary>
    public static TaskError? ErrorOf(InvocationResult result) => result switch
    {
        InvocationResult.Succeeded => null,
        InvocationResult.FunctionFailed failed => new(TaskErrorTypes.Runtime, failed.Name, failed.Message),
        InvocationResult.NotInvoked refused => new(TaskErrorTypes.Invocation, refused.Name, refused.Message),
        InvocationResult.NotRunYet notYet => new(TaskErrorTypes.Invocation, notYet.Name, notYet.Message),
        InvocationResult.Unknown unknown => new(TaskErrorTypes.Runtime, unknown.Name, unknown.Message),
        _ => throw new InvalidOperationException($"{result.GetType().Name} is no result of an invocation."),
    };

    /// <summary>
    /// What the function printed, without U+0000, which no database takes in text everywhere; null where nothing is known of it.
    /// </summary>
    public static string? LogOf(InvocationResult result) => (result switch
    {
        InvocationResult.Succeeded done => done.Log,
        InvocationResult.FunctionFailed failed => failed.Log,
        _ => null,
    })?.Replace('\0', '\uFFFD');
}
