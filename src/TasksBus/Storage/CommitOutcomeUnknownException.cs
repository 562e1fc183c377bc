namespace TasksBus.Storage;

/// <summary>It is unknown whether the transaction was committed.</summary>
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);
