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

/// <summary>A request that an API function was to answer.</summary>
/// <param name="Path">What follows the function's name, with the query and without the slash before it.</param>
/// <param name="StatusCode">Of the answer that the caller got.</param>
/// <param name="Timestamp">When it came.</param>
/// <param name="Duration">Until its answer was there.</param>
/// <param name="Error">What went wrong, if anything: type invocation, runtime or response.</param>
/// <param name="Log">What its function printed.</param>
public sealed record ApiRequest(
    TaskId Id, string FunctionName, string Method, string Path, string? UserId, string? ApplicationId, int StatusCode, DateTimeOffset Timestamp,
    TimeSpan Duration, TaskError? Error, TaskLog? Log);

/// <param name="Total">How many a query finds in all; null where it does not want to know.</param>
public sealed record ApiRequestPage(IReadOnlyList<ApiRequest> Requests, long? Total);
