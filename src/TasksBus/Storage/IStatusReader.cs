using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Reads how the whole system stands, and why a task waits: for people and metrics, not for the engine.</summary>
public interface IStatusReader
{
    /// <summary>Where the largest counts stop, so that no look takes long.</summary>
    const int MostCounted = 100_000;

    /// <summary>How many of a pool's due tasks are grouped, the most urgent first, and how many of those that run.</summary>
    const int MostGrouped = 10_000;

    /// <summary>How many groups there are at most, the largest first.</summary>
    const int MostGroups = 1_000;

    /// <summary>How the whole system stands, whichever process is asked.</summary>
    Task<SystemStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>
    /// What waits for a worker, and what runs, by pool, function and priority. At most <see cref="MostGroups"/>, the largest first.
    /// </summary>
    Task<IReadOnlyList<BacklogGroup>> BacklogAsync(CancellationToken cancellationToken);

    /// <summary>
    /// The tasks that failed after a time and are not retried, the largest group first. They are the <see cref="MostGrouped"/> that failed
    /// last, in at most <see cref="MostGroups"/> groups.
    /// </summary>
    Task<IReadOnlyList<FailureGroup>> FailuresAsync(DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>How many tasks are in each final state. At most <see cref="MostCounted"/> each.</summary>
    Task<IReadOnlyDictionary<string, int>> EndedAsync(CancellationToken cancellationToken);

    /// <summary>Where a task stands in the queue of its pool. Null when it does not wait.</summary>
    Task<QueuePlace?> PlaceAsync(TaskId id, CancellationToken cancellationToken);
}
