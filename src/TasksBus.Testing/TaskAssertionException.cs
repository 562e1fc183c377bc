namespace TasksBus.Testing;

/// <summary>A task is not as the test says. The message says what happened instead.</summary>
public sealed class TaskAssertionException : Exception
{
    /// <summary>A failure without a message.</summary>
    public TaskAssertionException()
    {
    }

    /// <summary>A failure.</summary>
    public TaskAssertionException(string message)
        : base(message)
    {
    }

    /// <summary>A failure by another one.</summary>
    public TaskAssertionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
