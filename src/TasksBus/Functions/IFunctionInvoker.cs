namespace TasksBus.Functions;

/// <summary>Runs a function and says how it ended. The edge of the engine: everything beyond it is somebody else's machine.</summary>
public interface IFunctionInvoker
{
    /// <summary>
    /// How much longer than its time limit an invocation may take: until it is on its way, and until the last word on a time-out has arrived. Whoever waits
    /// longer waits for nothing. Default: 10 s.
    /// </summary>
    TimeSpan Margin => TimeSpan.FromSeconds(10);

    /// <summary>Makes ready what each invocation needs, and invokes nothing. Default: there is nothing to make ready.</summary>
    Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Invokes the function once and waits for its answer. Whatever goes wrong is a result, never an exception, and
    /// the request is never sent a second time.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> fired. The function may be running.
    /// </exception>
    Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken);
}
