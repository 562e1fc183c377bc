namespace TasksBus.Storage;

/// <param name="Workers">How many live workers serve the pool.</param>
/// <param name="FreeSlots">Slots of the pool's live workers, less the tasks that run on them.</param>
/// <param name="Unclaimed">Which of the released tasks still wait for a claim, by number.</param>
/// <param name="NextDueIn">How long until a task of the pool that is not marked ready is due: zero where one is; null where none waits.</param>
/// <param name="Next">The most urgent ready tasks that are not released.</param>
public sealed record PoolView(int Workers, int FreeSlots, TimeSpan? NextDueIn, IReadOnlySet<long> Unclaimed, IReadOnlyList<ReadyTask> Next);
