namespace TasksBus.Query;

/// <param name="Path">What to sort by.</param>
/// <param name="IsDescending">Largest first, and what is missing last.</param>
public sealed record RqlSortKey(RqlPath Path, bool IsDescending);
