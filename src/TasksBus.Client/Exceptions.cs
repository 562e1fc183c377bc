using TasksBus.Contracts;

namespace TasksBus.Client;

/// <summary>What the call is about does not exist: the task, or the function where only registered functions may run. Code 16.</summary>
/// <param name="code">The stable code.</param>
/// <param name="message">The server's message.</param>
public sealed class ResourceUnknownException(ErrorCode code, string message) : TasksBusException(code, message);

/// <summary>The caller is not known, or may not do this: codes 10, 104, 117 and 118. The message says what is missing.</summary>
/// <param name="code">The stable code.</param>
/// <param name="message">The server's message.</param>
public sealed class AccessRefusedException(ErrorCode code, string message) : TasksBusException(code, message);

/// <summary>
/// No answer came, or the server was not able to answer: code 4 and others. The call was tried as long as the options say. It may have had
/// its effect. It can be sent again, because it then has no second one.
/// </summary>
/// <param name="code">The stable code.</param>
/// <param name="message">What was tried, and what is in the way.</param>
/// <param name="retryAfter">When the server wants to be asked again.</param>
/// <param name="cause">The failure of the network. Null when the server answered.</param>
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
