using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.Bulk;

/// <summary>
/// Bulk operations, which callers make, read and stop. The leader's <see cref="Dispatch.BulkRunner"/> carries them out.
/// </summary>
public sealed class BulkBook(IBulkStore store, IStoreClock clock, Signals signals)
{
    /// <summary>How many operations may be in progress together.</summary>
    public const int MaxInProgress = 100;

    /// <summary>How long an operation is kept after its end.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>Stores an operation. The leader carries it out from now on.</summary>
    /// <param name="applicationId">The calling application: 24 hex digits, or null when it is unknown.</param>
    /// <returns>The stored operation.</returns>
    /// <exception cref="CommandRefusedException">The operation breaks a rule, its id is that of another one, or too many are in
    /// progress.</exception>
    public async Task<StoredBulkOperation> CreateAsync(
        NewBulkOperation wanted, string? applicationId, string? userId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (wanted.Id is { } id && await store.FindAsync(id) is { } known)
        {
            return Same(known);
        }

        var (upTo, matching) = await CountAsync(wanted, cancellationToken);
        var now = await clock.MicrosecondsAsync();
        StoredBulkOperation operation = new()
        {
            Id = wanted.Id ?? TaskId.New(),
            Action = wanted.Action,
            Query = wanted.Query,
            Priority = wanted.Priority,
            Status = BulkStates.InProgress,
            UpTo = upTo,
            Matching = matching,
            CreatedByApplicationId = applicationId,
            CreatedByUserId = userId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var stored = await store.AddAsync(operation, MaxInProgress, now - Microseconds.Of(KeptFor))
            ?? throw new CommandRefusedException(
                ErrorCode.IllegalState, $"{MaxInProgress} bulk operations are in progress. Wait until one ends, or stop one.");
        signals.BulkOperationMade();
        return Same(stored);

        StoredBulkOperation Same(StoredBulkOperation found) =>
            (found.Action, found.Query, found.Priority, found.CreatedByApplicationId, found.CreatedByUserId)
            == (wanted.Action, wanted.Query, wanted.Priority, applicationId, userId) ? found
            : throw new CommandRefusedException(
                ErrorCode.ResourceAlreadyExists, $"There is another bulk operation '{found.Id}'. Choose a new id for a new operation.");
    }

    /// <summary>Counts the tasks that an operation would take now.</summary>
    /// <returns>The highest number of a task, and how many tasks match. Null when that cannot be counted in time.</returns>
    /// <exception cref="CommandRefusedException">The operation breaks a rule.</exception>
    public async Task<(long UpTo, long? Matching)> CountAsync(NewBulkOperation wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var condition = wanted.Check();
        var upTo = await store.HighestAsync();
        try
        {
            return (upTo, await store.CountAsync(condition, upTo, cancellationToken));
        }
        catch (QueryTooSlowException)
        {
            return (upTo, null);
        }
    }

    /// <summary>Null when there is none with that id.</summary>
    public Task<StoredBulkOperation?> FindAsync(TaskId id) => store.FindAsync(id);

    /// <summary>The operations that a query finds.</summary>
    public Task<BulkOperationPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) =>
        store.FindAsync(query, cancellationToken);

    /// <summary>Stops an operation. What it did stays.</summary>
    /// <returns>False when it is not in progress.</returns>
    public async Task<bool> StopAsync(TaskId id) => await store.StopAsync(id, await clock.MicrosecondsAsync(), reason: null);
}
