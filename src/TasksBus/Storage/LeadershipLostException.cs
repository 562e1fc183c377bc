namespace TasksBus.Storage;

/// <summary>Another process leads now: what this one decided as the leader must not be done.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
