namespace TasksBus.Storage;

/// <summary>How a database stood at one moment.</summary>
/// <param name="OldestTransaction">The transaction that is open longest. Null when none is, or in a store without sessions.</param>
/// <param name="Stalled">Commits that wait for a synchronous standby.</param>
/// <param name="Slots">The replication slots, by name.</param>
public sealed record StoreCondition(OpenTransaction? OldestTransaction, int Stalled, IReadOnlyList<ReplicationSlot> Slots)
{
    /// <summary>Nothing is wrong.</summary>
    public static StoreCondition Good { get; } = new(null, 0, []);
}

/// <param name="ProcessId">The session's process in the database's server.</param>
/// <param name="Application">The name that the session gave.</param>
/// <param name="State">What the session does, such as <c>idle in transaction</c>.</param>
/// <param name="Age">How long the transaction is open.</param>
public sealed record OpenTransaction(int ProcessId, string Application, string State, TimeSpan Age);

/// <param name="IsActive">True when a standby or a reader is connected.</param>
/// <param name="BytesBehind">How much of the write-ahead log is kept for it.</param>
public sealed record ReplicationSlot(string Name, bool IsActive, long BytesBehind);
