namespace TasksBus.Storage;

/// <summary>Another process leads now. What this process decided as the leader must not be done.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
