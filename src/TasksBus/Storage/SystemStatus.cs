namespace TasksBus.Storage;

/// <summary>How the whole system stood at one moment. Its parts are read one after the other, within milliseconds.</summary>
/// <param name="At">The database's time.</param>
/// <param name="Leader">Null when no process leads.</param>
/// <param name="HeldBecause">Set while nothing may be released: the reason.</param>
/// <param name="Pools">The pools with waiting tasks or workers, by name.</param>
/// <param name="Workers">The workers that are not declared dead.</param>
/// <param name="Running">The tasks in progress, also those whose worker is gone. At most <see cref="IStatusReader.MostCounted"/>.</param>
/// <param name="Outbox">Events that are still to be published. At most <see cref="IStatusReader.MostCounted"/>.</param>
public sealed record SystemStatus(
    DateTimeOffset At, LeaderStatus? Leader, string? HeldBecause, IReadOnlyList<PoolStatus> Pools, IReadOnlyList<WorkerRow> Workers,
    int Running, int Outbox)
{
    /// <summary>The message id of the oldest of these events. Null when there is none.</summary>
    public Guid? OldestEvent { get; init; }

    /// <summary>The workers of a pool.</summary>
    public IReadOnlyList<WorkerRow> WorkersOf(string pool) => [.. Workers.Where(worker => worker.Pool == pool)];

    /// <summary>The status, with the pools that have workers but nothing that waits.</summary>
    public static SystemStatus Of(
        DateTimeOffset at, LeaderStatus? leader, string? heldBecause, IReadOnlyList<PoolStatus> waiting, IReadOnlyList<WorkerRow> workers,
        int running, int outbox)
    {
        var pools = waiting.GroupBy(static pool => PoolNames.PartsOf(pool.Pool)?.Pool ?? pool.Pool)
            .Select(static parts => PoolStatus.Of(parts.Key, parts)).ToArray();
        var idle = workers.Select(static worker => worker.Pool).Where(static pool => pool != PoolNames.DirectExecution)
            .Except(pools.Select(static pool => pool.Pool)).Select(static pool => new PoolStatus(pool, 0, 0, null));
        return new(
            at, leader, heldBecause, [.. pools.Concat(idle).OrderBy(static pool => pool.Pool, StringComparer.Ordinal)], workers, running,
            outbox);
    }
}
