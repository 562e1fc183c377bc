namespace TasksBus.Storage;

/// <summary>The leases by which workers show that they are alive.</summary>
public interface IWorkerLeases
{
    /// <summary>Adds a worker, alive from now on. In a pool either each worker has functions of its own, or none has.</summary>
    /// <exception cref="PoolTakenException">Workers of the other kind are in its pool.</exception>
    Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>
    /// Records that a worker is alive, and how many slots it offers. Returns false when the worker was declared dead. It never revives.
    /// </summary>
    Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken);

    /// <summary>Removes a worker that ends. Its running tasks become orphans.</summary>
    Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken);
}
