using TasksBus.Contracts;

namespace TasksBus.Client.PostgreSql;

/// <summary>
/// A task breaks a rule. The message says which and how to mend it, in the words of the HTTP API. PostgreSQL takes no further statement of
/// the transaction, which must be rolled back, at least to a savepoint.
/// </summary>
/// <param name="code">The stable code.</param>
/// <param name="message">What is wrong and how to mend it.</param>
/// <param name="cause">The error of PostgreSQL.</param>
public sealed class ScheduleRefusedException(ErrorCode code, string message, Exception cause) : Exception(message, cause)
{
    /// <summary>The stable number and name, and the HTTP status with which the HTTP API answers such a task.</summary>
    public ErrorCode Code => code;
}
