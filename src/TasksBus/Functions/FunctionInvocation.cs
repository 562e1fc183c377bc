namespace TasksBus.Functions;

/// <param name="FunctionName">A name, <c>name:qualifier</c>, a partial or a full ARN, as Lambda accepts it; up to 170 characters.</param>
/// <param name="Payload">The event as UTF-8 JSON, at most 6,291,456 bytes. It must not change before the answer arrives.</param>
/// <param name="TimeLimit">How long the function may run, above 0. It counts from when the request goes out, without the wait for a
/// connection. The invoker gives up a little later, so that Lambda's own report of a time-out still arrives.</param>
public sealed record FunctionInvocation(string FunctionName, ReadOnlyMemory<byte> Payload, TimeSpan TimeLimit)
{
    /// <summary>Asked at the moment when the invocation goes out, which may be long after the call. Default: always true.</summary>
    public Func<bool> MaySend { get; init; } = static () => true;

    /// <summary>The trace to which it belongs, as W3C <c>traceparent</c>, if that is sampled. Default: null.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// Called before the answer, if the function goes on in this process after it. The task completes when the function has ended. Until
    /// then its slot is not free. Default: nothing happens.
    /// </summary>
    public Action<Task> GoesOn { get; init; } = static _ => { };
}
