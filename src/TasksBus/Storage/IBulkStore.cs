using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>The bulk operations, and the tasks that they find.</summary>
public interface IBulkStore
{
    /// <summary>Stores a new operation, and removes those that ended long ago. An operation whose id is known stays as it is.</summary>
    /// <param name="atOnce">How many may be in progress together.</param>
    /// <param name="keptSince">Operations that ended before this time are removed, in microseconds since 1970.</param>
    /// <returns>The operation under that id. Null when there are as many in progress already.</returns>
    Task<StoredBulkOperation?> AddAsync(StoredBulkOperation operation, int atOnce, long keptSince);

    /// <summary>Null when there is none with that id.</summary>
    Task<StoredBulkOperation?> FindAsync(TaskId id);

    /// <summary>The operations that a query finds.</summary>
    Task<BulkOperationPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>The operations that are in progress, the oldest first.</summary>
    Task<IReadOnlyList<StoredBulkOperation>> InProgressAsync();

    /// <summary>
    /// Stores how far an operation has come since it was seen: where it is, what it adds to its counts, and whether it is complete. One
    /// that was stopped meanwhile stays stopped.
    /// </summary>
    /// <param name="seen">The operation before.</param>
    /// <param name="next">The operation now.</param>
    /// <returns>False when another process has brought it further.</returns>
    Task<bool> AdvanceAsync(StoredBulkOperation seen, StoredBulkOperation next);

    /// <summary>Stops an operation that is in progress.</summary>
    /// <param name="now">The time on the store's clock.</param>
    /// <param name="reason">Why, if nobody asked for it.</param>
    /// <returns>False when it is not in progress.</returns>
    Task<bool> StopAsync(TaskId id, long now, string? reason);

    /// <summary>The highest number of a task. Zero when there are none.</summary>
    Task<long> HighestAsync();

    /// <summary>Counts the tasks that a condition finds.</summary>
    /// <param name="upTo">The highest number that counts.</param>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task<long> CountAsync(RqlCondition condition, long upTo, CancellationToken cancellationToken);

    /// <summary>The tasks that a condition finds, in the order of their numbers.</summary>
    /// <param name="after">Only higher numbers are looked at.</param>
    /// <param name="upTo">The highest number that is looked at.</param>
    /// <param name="withSizes">True to find out how large the inputs are.</param>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task<IReadOnlyList<FoundTask>> FindTasksAsync(
        RqlCondition condition, long after, long upTo, int limit, bool withSizes, CancellationToken cancellationToken);
}

/// <summary>A task that a bulk operation finds.</summary>
/// <param name="Number">The order of insertion.</param>
/// <param name="Bytes">The size of the input, if it was asked for.</param>
public readonly record struct FoundTask(long Number, TaskId Id, long Bytes);
