using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Invocations;

internal enum InvocationOutcome
{
    Succeeded,

    /// <summary>The payload is Lambda's error object.</summary>
    FunctionFailed,

    /// <summary>Not run: the function's concurrency limit is reached.</summary>
    FunctionThrottled,

    /// <summary>Not run: all processes that are allowed are busy.</summary>
    ServerThrottled,
}

/// <summary>How an invocation ended. Disposing it returns the payload's memory.</summary>
internal sealed class InvocationReply(InvocationOutcome outcome, ReadOnlyMemory<byte> payload, Message owner = default) : IDisposable
{
    public InvocationOutcome Outcome { get; } = outcome;

    public ReadOnlyMemory<byte> Payload { get; } = payload;

    public void Dispose()
    {
        if (owner.Rented is not null)
        {
            owner.Dispose();
        }
    }
}
