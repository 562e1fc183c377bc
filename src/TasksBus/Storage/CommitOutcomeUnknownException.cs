namespace TasksBus.Storage;

/// <summary>Nobody knows whether the transaction was committed.</summary>
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);
