namespace TasksBus.Storage;

/// <summary>What one process counted of one function in one minute.</summary>
/// <param name="Minute">The minute, in whole minutes since 1970 in UTC; for an hour that is not kept by minutes, its first one.</param>
/// <param name="FunctionName">A function that is managed or has a pool. Empty for all others together.</param>
/// <param name="ProcessId">The process. All zeros for the sum over processes of an hour.</param>
/// <param name="Counts">The counts.</param>
public sealed record StoredCounts(long Minute, string FunctionName, Guid ProcessId, TaskCounts Counts);
