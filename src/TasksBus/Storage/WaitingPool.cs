namespace TasksBus.Storage;

/// <param name="DueIn">How long until the first of its tasks may be released. Zero when one may be released now.</param>
public sealed record WaitingPool(string Pool, TimeSpan DueIn);
