namespace TasksBus.Storage;

/// <param name="Count">How many tasks were marked.</param>
/// <param name="Lowest">Set when due tasks may remain unmarked: the last task that was marked. Nothing that ranks below it may be
/// released.</param>
public sealed record MarkedReady(int Count, Rank? Lowest);
