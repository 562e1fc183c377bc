using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// One action on all the tasks that a query finds, as it is stored. The tasks are taken in the order of their numbers. Times are
/// microseconds since 1970 in UTC.
/// </summary>
public sealed record StoredBulkOperation
{
    /// <summary>The operation's own id.</summary>
    public required TaskId Id { get; init; }

    /// <summary>What is done to each task: <c>cancel</c> or <c>rerun</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The conditions of the query, in RQL, as they were sent.</summary>
    public required string Query { get; init; }

    /// <summary>The priority of the tasks that a rerun makes. Null when each keeps that of its original.</summary>
    public long? Priority { get; init; }

    /// <summary>How far it is: <c>inProgress</c>, <c>complete</c> or <c>stopped</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The highest number of a task when the operation was made. Later tasks are not taken.</summary>
    public long UpTo { get; init; }

    /// <summary>All tasks up to this number have been taken.</summary>
    public long Reached { get; init; }

    /// <summary>The part of the numbers that have been looked at: 0 to 1.</summary>
    public double Progress => UpTo == 0 ? 1 : (double)Reached / UpTo;

    /// <summary>How many tasks matched when the operation was made. Null when that could not be counted in time.</summary>
    public long? Matching { get; init; }

    /// <summary>How many tasks it has canceled, or how many new ones it has made.</summary>
    public long Affected { get; init; }

    /// <summary>How many tasks had started or ended before it came to cancel them.</summary>
    public long Skipped { get; init; }

    /// <summary>How many tasks it could not rerun, because their function is not registered any more.</summary>
    public long Refused { get; init; }

    /// <summary>Why it refused the last of them, or why it was stopped. Null when there is no reason.</summary>
    public string? Reason { get; init; }

    /// <summary>The user who made the operation: 24 hex digits, or null when unknown. The tasks of a rerun are theirs.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The application that made the operation: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByApplicationId { get; init; }

    /// <summary>When the operation was made.</summary>
    public long CreatedAt { get; init; }

    /// <summary>When it last went on, ended or was stopped.</summary>
    public long UpdatedAt { get; init; }
}

/// <param name="Total">How many operations match in all. Null when the query does not ask for it.</param>
public sealed record BulkOperationPage(IReadOnlyList<StoredBulkOperation> Operations, long? Total);
