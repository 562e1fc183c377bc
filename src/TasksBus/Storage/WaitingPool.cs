namespace TasksBus.Storage;

/// <param name="DueIn">How long until the first of its tasks may be released: zero where one may be now.</param>
public sealed record WaitingPool(string Pool, TimeSpan DueIn);
