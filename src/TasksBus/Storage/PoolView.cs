namespace TasksBus.Storage;

/// <param name="Workers">How many live workers serve the pool.</param>
/// <param name="FreeSlots">The slots of the pool's live workers, less the tasks that run on them.</param>
/// <param name="Unclaimed">The numbers of the released tasks that still wait for a claim.</param>
/// <param name="NextDueIn">How long until a task of the pool that is not marked ready is due. Zero when one is due. Null when none
/// waits.</param>
/// <param name="Next">The most urgent ready tasks that are not released.</param>
public sealed record PoolView(int Workers, int FreeSlots, TimeSpan? NextDueIn, IReadOnlySet<long> Unclaimed, IReadOnlyList<ReadyTask> Next);
