using TasksBus.Contracts;

namespace TasksBus.Client;

/// <summary>The caller is not known, or may not do this: codes 10, 104, 117 and 118. The message says what is missing.</summary>
/// <param name="code">The stable code.</param>
/// <param name="message">The server's message.</param>
public sealed class AccessRefusedException(ErrorCode code, string message) : TasksBusException(code, message);
