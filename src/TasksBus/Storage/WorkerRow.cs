namespace TasksBus.Storage;

/// <param name="Beat">Rises with each heartbeat.</param>
public sealed record WorkerRow(Guid Id, string Pool, int Slots, int Running, string Host, string Version, long Beat);
