using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>
/// What is kept to be looked at: requests that API functions answered, and logs. Every method throws <see cref="StoreUnavailableException"/>
/// when the database cannot be reached, and may then be called again.
/// </summary>
public interface IRecordStore
{
    /// <summary>Keeps requests with their logs, in one transaction that is on disk when this returns. One that is known already stays as it is.</summary>
    Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken);

    /// <summary>The requests that a query finds, without their logs.</summary>
    Task<ApiRequestPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>Whether a request is known, and its log, where it left one.</summary>
    Task<(bool IsKnown, TaskLog? Log)> LogAsync(TaskId requestId, CancellationToken cancellationToken);

    /// <summary>The logs that a function's tasks left in a span of time, oldest first: as many as make a page.</summary>
    Task<IReadOnlyList<TaskLog>> FunctionLogsAsync(string functionName, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken);
}
