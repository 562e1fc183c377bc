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

/// <param name="FunctionName">
/// A name, <c>name:qualifier</c>, a partial or a full ARN, as Lambda takes it; up to 170 characters.
/// </param>
/// <param name="Payload">The event, as UTF-8 JSON; at most 6,291,456 bytes. It must not change before the answer is there.</param>
/// <param name="TimeLimit">
/// How long the function may run, above 0. It counts from when the request goes out, not while waiting for a
/// connection. The invoker gives up a little later, so that Lambda's own word on a time-out still arrives.
/// </param>
public sealed record FunctionInvocation(string FunctionName, ReadOnlyMemory<byte> Payload, TimeSpan TimeLimit)
{
    /// <summary>Asked at the very moment at which the invocation goes out, which may be long after it was handed in. Default: it may.</summary>
    public Func<bool> MaySend { get; init; } = static () => true;
}
