using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Why a row of the inbox cannot become a task.</summary>
/// <param name="Message">What is wrong and how to mend it.</param>
public sealed record InboxRefusal(long Position, ErrorCode Code, string Message);
