namespace TasksBus.Storage;

/// <param name="Text">Empty where there is none.</param>
/// <param name="RequestId">Lambda's id of the invocation, where one is known.</param>
public sealed record TaskLog(string Text, DateTimeOffset ReceivedAt, string? RequestId = null);
