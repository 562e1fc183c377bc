namespace TasksBus.Storage;

/// <summary>Workers as they say that they are alive.</summary>
public interface IWorkerLeases
{
    /// <summary>Adds a worker, alive from now on.</summary>
    Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>Says that a worker is alive, and how many slots it offers. False: it was declared dead and never revives.</summary>
    Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken);

    /// <summary>Takes out a worker that ends; its running tasks become orphans.</summary>
    Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken);
}
