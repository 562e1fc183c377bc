namespace TasksBus.LocalLambda;

/// <summary>The server cannot start. The message is one line for the person who started it.</summary>
public sealed class LocalLambdaStartException : Exception
{
    /// <summary>Creates the exception. The message says why, and what to do about it.</summary>
    public LocalLambdaStartException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
