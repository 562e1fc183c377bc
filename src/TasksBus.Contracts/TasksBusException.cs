namespace TasksBus.Contracts;

/// <summary>A call was refused, or it failed. The error is the same on every way to TasksBus.</summary>
public class TasksBusException : Exception
{
    /// <param name="code">The stable code.</param>
    /// <param name="message">What was wrong and how to mend it, for people.</param>
    /// <param name="cause">What the error follows from.</param>
    public TasksBusException(ErrorCode code, string message, Exception? cause = null)
        : base(message, cause)
    {
        ArgumentNullException.ThrowIfNull(code);
        Code = code;
    }

    /// <summary>The error's stable number and name, and the HTTP status of such an answer.</summary>
    public ErrorCode Code { get; }
}

/// <summary>
/// What was sent breaks a rule, or does not fit the state of what is there. It is refused each time that it is sent. The message says how
/// to mend it.
/// </summary>
/// <param name="code">The stable code.</param>
/// <param name="message">What was wrong and how to mend it, for people.</param>
/// <param name="cause">What the refusal follows from.</param>
public sealed class TaskRefusedException(ErrorCode code, string message, Exception? cause = null)
    : TasksBusException(code, message, cause);
