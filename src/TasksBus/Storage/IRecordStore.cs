using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>
/// The requests to API functions and the logs that are kept to be looked at. Every method throws <see cref="StoreUnavailableException"/>
/// when the database cannot be reached, and may then be called again.
/// </summary>
public interface IRecordStore
{
    /// <summary>
    /// Stores requests with their logs, in one transaction that is on disk when this returns. A request that is known already stays
    /// unchanged.
    /// </summary>
    Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken);

    /// <summary>The requests that a query finds, without their logs.</summary>
    Task<ApiRequestPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>Returns whether a request is known, and its log if it left one.</summary>
    Task<(bool IsKnown, TaskLog? Log)> LogAsync(TaskId requestId, CancellationToken cancellationToken);

    /// <summary>The logs that a function's tasks left in a time span, the oldest first, at most one page.</summary>
    Task<IReadOnlyList<TaskLog>> FunctionLogsAsync(
        string functionName, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken);
}
