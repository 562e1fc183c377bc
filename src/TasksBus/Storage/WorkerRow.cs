namespace TasksBus.Storage;

/// <param name="Beat">Rises with each heartbeat.</param>
public sealed record WorkerRow(Guid Id, string Pool, int Slots, int Running, string Host, string Version, long Beat)
{
    /// <summary>The names of the functions that the worker has in its own process. Null when it invokes any function elsewhere.</summary>
    public IReadOnlyList<string>? Functions { get; init; }
}
