using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// What a caller reads of the requests to API functions, over HTTP or in the dashboard. Each operation checks the caller's permission, and
/// throws <see cref="CommandRefusedException"/> when it is missing.
/// </summary>
public sealed class ApiRequestOperations(IRecordStore records)
{
    /// <summary>The requests that a query finds, without their logs.</summary>
    public Task<ApiRequestPage> ListAsync(Caller caller, RqlQuery query, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewApiFunctionRequests);
        return records.FindAsync(query, cancellationToken);
    }

    /// <summary>What the function of a request printed.</summary>
    /// <exception cref="CommandRefusedException">There is no such request, or it left no log.</exception>
    public async Task<TaskLog> LogAsync(Caller caller, TaskId id, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewApiFunctionRequestLogs);
        var (isKnown, log) = await records.LogAsync(id, cancellationToken);
        return log ?? throw (isKnown
            ? new CommandRefusedException(
                ErrorCode.NoApiRequestLogsFound,
                "The function left no log of this request, or it was kept for long enough (TasksBus:Retention:Logs).")
            : new CommandRefusedException(ErrorCode.ResourceUnknown, $"There is no API request '{id}'."));
    }
}
