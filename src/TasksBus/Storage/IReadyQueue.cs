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

    /// <summary>The functions of tasks, as the tasks name them, by the numbers of the tasks.</summary>
    Task<IReadOnlyDictionary<long, string>> FunctionsOfAsync(IReadOnlyCollection<long> numbers, CancellationToken cancellationToken);

    /// <summary>The traces of tasks (<see cref="TaskRecord.TraceParent"/>), of those that have one, by the numbers of the tasks.</summary>
    Task<IReadOnlyDictionary<long, string>> TracesOfAsync(IReadOnlyCollection<long> numbers, CancellationToken cancellationToken);

    /// <summary>
    /// Puts ready tasks of these functions aside, into a pool of each function's own (<see cref="PoolNames.Aside"/>), where they keep their
    /// order. It looks at the most urgent ready tasks of the pool.
    /// </summary>
    /// <param name="functions">The functions, as the tasks name them.</param>
    /// <param name="limit">How many ready tasks to look at.</param>
    /// <returns>How many were put aside.</returns>
    Task<int> PutAsideAsync(string pool, IReadOnlyCollection<string> functions, int limit, CancellationToken cancellationToken);

    /// <summary>Puts tasks back that were put aside, the most urgent first.</summary>
    /// <param name="aside">Where they are (<see cref="PoolNames.Aside"/>).</param>
    /// <returns>How many were put back.</returns>
    Task<int> PutBackAsync(string aside, string pool, int limit, CancellationToken cancellationToken);

    /// <summary>The pools that have waiting tasks, and those of tasks that were put aside.</summary>
    Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken);
}
