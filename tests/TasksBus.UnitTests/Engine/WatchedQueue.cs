using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The ready queue, whose steps a test can make small.</summary>
internal sealed class WatchedQueue(IReadyQueue inner) : IReadyQueue
{
    /// <summary>How many tasks are marked ready in one step at most.</summary>
    public int MarkAtMost { get; set; } = int.MaxValue;

    public Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken) =>
        inner.MarkReadyAsync(pool, Math.Min(limit, MarkAtMost), cancellationToken);

    public Task<PoolView> ViewPoolAsync(
        long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit,
        CancellationToken cancellationToken) =>
        inner.ViewPoolAsync(epoch, pool, released, from, lowest, limit, cancellationToken);

    public Task<IReadOnlyDictionary<long, string>> FunctionsOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => inner.FunctionsOfAsync(numbers, cancellationToken);

    public Task<IReadOnlyDictionary<long, string>> TracesOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => inner.TracesOfAsync(numbers, cancellationToken);

    public Task<int> PutAsideAsync(
        string pool, IReadOnlyCollection<string> functions, int limit, CancellationToken cancellationToken) =>
        inner.PutAsideAsync(pool, functions, limit, cancellationToken);

    public Task<int> PutBackAsync(string aside, string pool, int limit, CancellationToken cancellationToken) =>
        inner.PutBackAsync(aside, pool, limit, cancellationToken);

    public Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken) =>
        inner.WaitingPoolsAsync(cancellationToken);
}
