namespace TasksBus.Storage;

/// <summary>Workers that are gone, and what they leave behind.</summary>
public interface IDeadWorkers
{
    /// <summary>
    /// Declares a worker dead, unless it sent a heartbeat meanwhile. Its running tasks become orphans. The call waits for the worker's
    /// claims that are being committed; later ones are refused.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>Running tasks whose worker is not alive.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken);
}
