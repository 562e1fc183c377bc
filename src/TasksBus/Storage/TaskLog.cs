namespace TasksBus.Storage;

/// <param name="Text">Empty when there is none.</param>
/// <param name="RequestId">Lambda's id of the invocation, if one is known.</param>
public sealed record TaskLog(string Text, DateTimeOffset ReceivedAt, string? RequestId = null);
