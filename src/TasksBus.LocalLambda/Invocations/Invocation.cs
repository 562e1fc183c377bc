namespace TasksBus.LocalLambda.Invocations;

/// <summary>One run of a function.</summary>
/// <param name="RequestId">A UUID in its usual form of 36 characters.</param>
/// <param name="Event">The event's JSON, unchanged.</param>
/// <param name="Log">The log for its lines.</param>
internal sealed record Invocation(string RequestId, ReadOnlyMemory<byte> Event, InvocationLog Log)
{
    /// <summary>The trace of the invocation in the form of X-Ray: at most 255 characters of ASCII. Empty when there is none.</summary>
    public string TraceId { get; init; } = "";
}
