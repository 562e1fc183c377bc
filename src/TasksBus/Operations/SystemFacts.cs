using TasksBus.Storage;

namespace TasksBus.Operations;

/// <summary>What the checks of the system judge.</summary>
/// <param name="Store">Null when the database does not tell its condition.</param>
/// <param name="Runs">What keeps functions from running.</param>
/// <param name="ClockAhead">How far the clock of the process that answers is ahead of the database's. Negative when it is behind.</param>
public sealed record SystemFacts(SystemStatus Status, StoreCondition? Store, BrokerFacts Broker, RunTroubles Runs, TimeSpan ClockAhead);

/// <param name="IsReached">True when the bus of the process that answers carries messages.</param>
/// <param name="NotTaken">The queues that the broker does not let this process consume, each with the broker's reason.</param>
public sealed record BrokerFacts(bool IsReached, IReadOnlyList<string> NotTaken);
