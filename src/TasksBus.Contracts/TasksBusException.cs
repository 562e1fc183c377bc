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

/// <summary>What the call is about does not exist: the task, or the function where only registered functions may run. Code 16.</summary>
/// <param name="code">The stable code.</param>
/// <param name="message">The server's message.</param>
public sealed class ResourceUnknownException(ErrorCode code, string message) : TasksBusException(code, message);

/// <summary>
/// No answer came, or the server was not able to answer: code 4 and others. The call was tried as long as the client's options say. It may
/// have had its effect. It can be made again with the same id or key, because it then has no second one.
/// </summary>
/// <param name="code">The stable code.</param>
/// <param name="message">What was tried, and what is in the way.</param>
/// <param name="retryAfter">When the server wants to be asked again.</param>
/// <param name="cause">The failure of the network or the broker. Null when the server answered.</param>
public sealed class TasksBusUnavailableException(
    ErrorCode code, string message, TimeSpan? retryAfter = null, Exception? cause = null)
    : TasksBusException(code, message, cause)
{
    /// <summary>When the server wants to be asked again. Null when it did not say.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}

/// <summary>A task that should be complete is not.</summary>
/// <param name="task">The task.</param>
public sealed class TaskNotCompleteException(TaskSnapshot task) : Exception(MessageOf(task))
{
    /// <summary>The task as it was when it was read.</summary>
    public TaskSnapshot Task => task;

    private static string MessageOf(TaskSnapshot task)
    {
        ArgumentNullException.ThrowIfNull(task);
        var reason = task.Error is { } error ? $" {error.Name} ({error.Type}): {error.Message}" : "";
        return $"The task {task.Id} of the function '{task.FunctionName}' is {task.Status}.{reason}";
    }
}
