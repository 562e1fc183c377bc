namespace TasksBus.Storage;

/// <summary>A database with all that the engine and its server keep of tasks. They depend on its parts; only what puts them together knows the whole.</summary>
public interface ITaskStore : ICommitStore, ITaskReader, IReadyQueue, IQueueVacuum, IOverdueTasks, IDeadWorkers, IWorkerList, IWorkerLeases, ILeaderLease, IScheduleTicks, IStoreClock,
    IRetentionStore, IEventOutbox;
