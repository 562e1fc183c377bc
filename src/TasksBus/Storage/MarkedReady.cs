namespace TasksBus.Storage;

/// <param name="Count">How many were marked.</param>
/// <param name="Lowest">Set where due tasks may remain unmarked: the last one that was marked. Nothing that ranks below it may be released.</param>
public sealed record MarkedReady(int Count, Rank? Lowest);
