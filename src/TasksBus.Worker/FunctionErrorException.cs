namespace TasksBus.Worker;

/// <summary>Fails a task with an error of this name, for example one that a retry policy knows.</summary>
/// <param name="errorName">The error's name: at most 256 characters are kept.</param>
/// <param name="message">The error's message: at most 8,192 characters are kept.</param>
/// <param name="inner">The cause. It is written into the task's log.</param>
public sealed class FunctionErrorException(string errorName, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The name of the task's error.</summary>
    public string ErrorName => errorName;
}
