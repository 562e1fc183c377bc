namespace TasksBus.Storage;

/// <param name="Later">Tasks that wait for their start time or their next try. At most <see cref="IStatusReader.MostCounted"/>.</param>
/// <param name="Due">Tasks that wait for a worker. At most <see cref="IStatusReader.MostCounted"/> each of those that are in the ready
/// queue, those that enter it next, and those of each function that not every worker has.</param>
/// <param name="OldestDueAt">When the longest waiting of the counted due tasks was due: its start time, or that of its next
/// try. Null when none is due.</param>
public sealed record PoolStatus(string Pool, int Later, int Due, DateTimeOffset? OldestDueAt)
{
    /// <summary>How many of the due tasks wait until every worker of the pool has their function.</summary>
    public int Aside { get; init; }

    /// <summary>A pool and its tasks that are put aside.</summary>
    /// <param name="pool">The pool's name.</param>
    /// <param name="parts">The places in which its tasks wait (<see cref="PoolNames.Aside"/>).</param>
    internal static PoolStatus Of(string pool, IEnumerable<PoolStatus> parts) =>
        parts.Aggregate(new PoolStatus(pool, 0, 0, null), (sum, part) => new(
            pool, sum.Later + part.Later, sum.Due + part.Due,
            sum.OldestDueAt is null || part.OldestDueAt < sum.OldestDueAt ? part.OldestDueAt : sum.OldestDueAt)
        {
            Aside = sum.Aside + (part.Pool == pool ? 0 : part.Due),
        });
}
