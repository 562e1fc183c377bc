namespace TasksBus.Storage;

/// <summary>The waiting tasks as the dispatcher sees them. The store's clock decides what is due.</summary>
public interface IReadyQueue
{
    /// <summary>Marks due tasks of a pool as ready, the most urgent first.</summary>
    Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Reads one snapshot of a pool: the room of its live workers, which of the <paramref name="released"/> are still unclaimed, and the
    /// most urgent ready tasks that are not released yet. These are read from the place <paramref name="from"/> (null: the top) down to
    /// <paramref name="lowest"/>, no more than there are free slots.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<PoolView> ViewPoolAsync(
        long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit,
        CancellationToken cancellationToken);

    /// <summary>The pools that have waiting tasks.</summary>
    Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken);
}
