namespace TasksBus.Functions;

/// <summary>
/// How an invocation ended: one of the five records below. Names have at most 256 characters, messages 8,192. Neither contains U+0000 or a
/// lone surrogate, so every database accepts them.
/// </summary>
public abstract record InvocationResult
{
    private InvocationResult()
    {
    }

    /// <summary>
    /// Lambda's id of the request, which also appears in the function's log and in CloudTrail. Null when no answer came, or one that is not
    /// Lambda's.
    /// </summary>
    public abstract string? RequestId { get; init; }

    /// <summary>The function returned.</summary>
    /// <param name="Payload">What it returned: JSON by Lambda's contract, not checked here; at most 6,291,456 bytes.</param>
    /// <param name="Log">The last 4 KB of its log, if Lambda sent them. From local functions up to 256 KB, each line with its time before
    /// it.</param>
    /// <param name="RequestId">Lambda's id of the invocation.</param>
    public sealed record Succeeded(ReadOnlyMemory<byte> Payload, string? Log, string? RequestId) : InvocationResult;

    /// <summary>The function ran and failed. The error has the type <c>runtime</c>, and a retry policy may retry it.</summary>
    /// <param name="Name">Lambda's <c>errorType</c>.</param>
    /// <param name="Message">Lambda's <c>errorMessage</c>.</param>
    /// <param name="Log">The log, as for a function that succeeded.</param>
    /// <param name="RequestId">Lambda's id of the invocation.</param>
    public sealed record FunctionFailed(string Name, string Message, string? Log, string? RequestId) : InvocationResult;

    /// <summary>The function certainly did not run, and asking again would not help. The error has the type <c>invocation</c>.</summary>
    /// <param name="Name">Lambda's code, such as <c>ResourceNotFoundException</c>.</param>
    /// <param name="Message">Lambda's message, and what to do.</param>
    /// <param name="RequestId">Lambda's id of the request, if it answered.</param>
    public sealed record NotInvoked(string Name, string Message, string? RequestId = null) : InvocationResult;

    /// <summary>The function certainly did not run, but may run later. The task goes back to <c>new</c>.</summary>
    /// <param name="Name">Lambda's code, such as <c>TooManyRequestsException</c>, or ours, such as <c>ConnectionFailed</c>.</param>
    /// <param name="Message">The reason.</param>
    /// <param name="RetryAfter">How long the server asked to wait, if it did.</param>
    /// <param name="RequestId">Lambda's id of the request, if it answered.</param>
    public sealed record NotRunYet(string Name, string Message, TimeSpan? RetryAfter = null, string? RequestId = null) : InvocationResult;

    /// <summary>
    /// The request may have reached Lambda and its outcome is lost. The error has the type <c>runtime</c> and is never retried by itself.
    /// </summary>
    /// <param name="Name"><c>TimeLimitExceeded</c>, <c>ConnectionLost</c>, <c>UnexpectedAnswer</c>, or Lambda's code, such as
    /// <c>ServiceException</c>.</param>
    /// <param name="Message">What is known.</param>
    /// <param name="RequestId">Lambda's id of the request, if it answered.</param>
    /// <param name="Log">What a function of this process has printed so far. Null when nothing is known of it.</param>
    public sealed record Unknown(string Name, string Message, string? RequestId = null, string? Log = null) : InvocationResult;
}
