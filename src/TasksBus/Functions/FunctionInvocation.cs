namespace TasksBus.Functions;

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
