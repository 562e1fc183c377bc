namespace TasksBus.Query;

/// <param name="Path">The path to sort by.</param>
/// <param name="IsDescending">True for the largest first, with missing values last.</param>
public sealed record RqlSortKey(RqlPath Path, bool IsDescending);
