namespace TasksBus.Storage;

/// <summary>
/// A database that stores everything that the engine and its server keep about tasks. They depend only on its parts. Only the code that
/// puts the parts together uses this whole interface.
/// </summary>
internal interface ITaskStore : ICommitStore, ITaskReader, IReadyQueue, IQueueVacuum, IOverdueTasks, IDeadWorkers, IWorkerList,
    IWorkerLeases, ILeaderLease, IScheduleTicks, IStoreClock, IRetentionStore, IEventOutbox, IStatusReader, IConditionReader
{
    /// <inheritdoc cref="IRaisedEventStore.TryAddAsync"/>
    Task<bool> TryAddAsync(RaisedEvent raised, Guid functions);
}
