using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.Model;

/// <summary>The queries of API requests and logs, which are kept to be looked at.</summary>
internal static class RecordQueries
{
    /// <inheritdoc cref="IRecordStore.FindAsync"/>
    public static async Task<ApiRequestPage> FindApiRequestsAsync(
        this TasksDbContext context, RqlQuery query, CancellationToken cancellationToken)
    {
        var (rows, total, _) = await RqlSearch.FindRowsAsync(
            context, RecordColumns.ApiRequests, query, context.ApiRequests, readsInput: false, cancellationToken);
        return new([.. rows.Select(ToRequest)], total);
    }

    /// <inheritdoc cref="IRecordStore.LogAsync"/>
    public static async Task<(bool IsKnown, TaskLog? Log)> ApiRequestLogAsync(
        this TasksDbContext context, TaskId requestId, CancellationToken cancellationToken)
    {
        var text = requestId.ToString();
        if (await context.ApiRequests.Where(request => request.Id == text)
            .Select(static request => (long?)request.Number)
            .SingleOrDefaultAsync(cancellationToken) is not { } number)
        {
            return (false, null);
        }

        var log = await context.ApiRequestLogs.SingleOrDefaultAsync(log => log.Number == number, cancellationToken);
        return (true, log is null ? null : new(log.Text, Microseconds.ToTime(log.ReceivedAt), log.RequestId));
    }

    /// <inheritdoc cref="IRecordStore.FunctionLogsAsync"/>
    public static async Task<IReadOnlyList<TaskLog>> FunctionLogsAsync(
        this TasksDbContext context, string functionName, DateTimeOffset from, DateTimeOffset to, int limit,
        CancellationToken cancellationToken)
    {
        var (first, last) = (Microseconds.Of(from), Microseconds.Of(to));
        // A row may have a result alone.
        var found = await context.Logs
            .Where(log => log.ReceivedAt >= first && log.ReceivedAt <= last && (log.Text != "" || log.RequestId != null))
            .Join(
                context.Tasks.Where(task => task.FunctionName == functionName), static log => log.Number, static task => task.Number,
                static (log, _) => log)
            .OrderBy(static log => log.ReceivedAt).ThenBy(static log => log.Number).Take(limit)
            .Select(static log => new { log.Number, log.Text.Length }).ToListAsync(cancellationToken);
        var numbers = found.Take(RqlSearch.Fitting(found.Select(static log => (long)log.Length))).Select(static log => log.Number).ToList();
        var logs = await context.Logs.Where(log => numbers.Contains(log.Number))
            .OrderBy(static log => log.ReceivedAt).ThenBy(static log => log.Number).ToListAsync(cancellationToken);
        return logs.ConvertAll(static log => new TaskLog(log.Text, Microseconds.ToTime(log.ReceivedAt), log.RequestId));
    }

    private static ApiRequest ToRequest(ApiRequestRow row) => new(
        TaskId.Parse(row.Id), row.FunctionName, row.Method, row.Path, row.UserId, row.ApplicationId, row.StatusCode,
        Microseconds.ToTime(row.RequestedAt),
        TimeSpan.FromMicroseconds(row.Duration), row.ErrorType is null ? null : new(row.ErrorType, row.ErrorName!, row.ErrorMessage!),
        null);
}
