namespace TasksBus.Contracts;

/// <summary>The exceptions that clients have in common.</summary>
internal static class ClientErrors
{
    /// <summary>The exception for an error of the service that came without an HTTP status: the one that HTTP has for it.</summary>
    public static TasksBusException Of(ErrorCode code, string message, Exception cause) =>
        code == ErrorCode.ServiceUnreachable ? new TasksBusUnavailableException(code, message, cause: cause)
        : code == ErrorCode.ResourceUnknown ? new ResourceUnknownException(code, message)
        : code == ErrorCode.ServerException ? new TasksBusException(code, message, cause)
        : new TaskRefusedException(code, message, cause);

    /// <summary>The exception for a wait whose time is over.</summary>
    /// <param name="last">The task that was read last. Null when none was.</param>
    public static TimeoutException NotEnded(TaskId taskId, TimeSpan? timeout, TaskSnapshot? last) => new(
        $"The task {last?.Id ?? taskId} has not ended within {timeout}"
        + (last is null ? "." : $"; it was {last.Status} when it was last read."));
}
