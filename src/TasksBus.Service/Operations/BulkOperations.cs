using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// What a caller does with many tasks at once, over HTTP or in the dashboard. Each operation checks the caller's permissions, and throws
/// <see cref="CommandRefusedException"/> when one is missing.
/// </summary>
/// <remarks>Whoever names tasks by a query learns from the counts what is stored, so it takes the permission to view tasks too.</remarks>
public sealed class BulkOperations(BulkBook book)
{
    /// <summary>Counts the tasks that an operation would take now.</summary>
    /// <returns>Null when they cannot be counted in time.</returns>
    /// <exception cref="CommandRefusedException">The operation breaks a rule.</exception>
    public async Task<long?> CountAsync(Caller caller, NewBulkOperation wanted, CancellationToken cancellationToken)
    {
        Require(caller, wanted.Action);
        return (await book.CountAsync(wanted, cancellationToken)).Matching;
    }

    /// <summary>Stores an operation, which is carried out from now on.</summary>
    /// <exception cref="CommandRefusedException">The operation breaks a rule, or too many are in progress.</exception>
    public Task<StoredBulkOperation> CreateAsync(Caller caller, NewBulkOperation wanted, CancellationToken cancellationToken)
    {
        Require(caller, wanted.Action);
        return book.CreateAsync(wanted, caller.ApplicationId, caller.UserId, cancellationToken);
    }

    /// <summary>The operations that a query finds.</summary>
    public Task<BulkOperationPage> ListAsync(Caller caller, RqlQuery query, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTasks);
        return book.FindAsync(query, cancellationToken);
    }

    /// <summary>An operation, and how far it is.</summary>
    /// <exception cref="CommandRefusedException">There is no such operation.</exception>
    public async Task<StoredBulkOperation> FindAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.ViewTasks);
        return await book.FindAsync(id) ?? throw Unknown(id);
    }

    /// <summary>Stops an operation. What it did stays, and a step that is under way still ends.</summary>
    /// <returns>False when it had ended before.</returns>
    /// <exception cref="CommandRefusedException">There is no such operation.</exception>
    public async Task<bool> StopAsync(Caller caller, TaskId id)
    {
        caller.Require(Permissions.ViewTasks);
        var operation = await book.FindAsync(id) ?? throw Unknown(id);
        Require(caller, operation.Action);
        return await book.StopAsync(id);
    }

    /// <summary>The permission that an action takes, besides that to view tasks.</summary>
    public static string PermissionOf(string action) =>
        action == BulkActions.Cancel ? Permissions.CancelTasks : Permissions.CreateTasks;

    private static void Require(Caller caller, string action)
    {
        caller.Require(Permissions.ViewTasks);
        caller.Require(PermissionOf(action));
    }

    private static CommandRefusedException Unknown(TaskId id) => new(ErrorCode.ResourceUnknown, $"There is no bulk operation '{id}'.");
}
