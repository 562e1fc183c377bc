using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>
/// The API requests and logs that are kept to be looked at. They are read through EF Core, on either database. Each database writes them in
/// its own way.
/// </summary>
internal abstract class RecordStore(IModelDatabase database) : IRecordStore
{
    public abstract Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken);

    public Task<ApiRequestPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        database.ListAsync(context => context.FindApiRequestsAsync(query, cancellationToken), cancellationToken);

    public Task<(bool IsKnown, TaskLog? Log)> LogAsync(TaskId requestId, CancellationToken cancellationToken) =>
        database.ReadAsync(context => context.ApiRequestLogAsync(requestId, cancellationToken));

    public Task<IReadOnlyList<TaskLog>> FunctionLogsAsync(
        string functionName, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
        database.ListAsync(context => context.FunctionLogsAsync(functionName, from, to, limit, cancellationToken), cancellationToken);
}
