namespace TasksBus.Storage;

/// <summary>Workers that are gone, and what they leave behind.</summary>
public interface IDeadWorkers
{
    /// <summary>
    /// Declares a worker dead, unless it beat again meanwhile; its running tasks become orphans. Claims of its that are being committed
    /// are waited for, and later ones refused.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>Running tasks whose worker is not alive.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken);
}
