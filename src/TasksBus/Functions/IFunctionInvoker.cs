namespace TasksBus.Functions;

/// <summary>
/// Runs a function and says how it ended. It is the outside edge of the engine: beyond it is the code of others, mostly on other machines.
/// </summary>
public interface IFunctionInvoker
{
    /// <summary>
    /// How much longer than its time limit an invocation may take: until it is on its way, and until the last report of a time-out has
    /// arrived. There is no point in waiting longer. Default: 10 s.
    /// </summary>
    TimeSpan Margin => TimeSpan.FromSeconds(10);

    /// <summary>
    /// The functions that it has, by their bare names. Null when it invokes functions elsewhere, and only an invocation shows whether one
    /// exists. Default: null.
    /// </summary>
    IReadOnlyList<string>? Functions => null;

    /// <summary>
    /// Asks all functions that run to end, because this process waits for them no longer. Returns false when it cannot. Default: false.
    /// </summary>
    bool Interrupt() => false;

    /// <summary>Prepares what each invocation needs, and invokes nothing. Default: there is nothing to prepare.</summary>
    Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Invokes the function once and waits for its answer. Every failure is a result, never an exception, and the request is never sent a
    /// second time.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled. The function may be
    /// running.</exception>
    Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken);
}
