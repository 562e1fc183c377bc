using Npgsql;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    private const int MaxRaces = 10;

    /// <summary>Redeliveries come in groups, and locks last. So once a task was known or held, this many commits expect it again.</summary>
    private const int CommitsExpectingKnown = 100;

    private int _expectingKnown;
    private int _inHaste;

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        var outcomes = await CommitUnlessLostAsync(changes, cancellationToken);
        var left = Enumerable.Range(0, outcomes.Length).Where(
            i => outcomes[i] != CommitOutcome.Applied && changes[i].FunctionsRevision is not null).ToList();
        if (left.Count > 0)
        {
            await UnlessAwayAsync(() => RefreshFunctionsAsync(cancellationToken));
            foreach (var i in left.Where(i => changes[i].FunctionsRevision != Functions.Revision))
            {
                outcomes[i] = CommitOutcome.Conflict;
            }
        }

        return outcomes;
    }

    private async Task<CommitOutcome[]> CommitUnlessLostAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        var expectsKnown = _expectingKnown > 0 && Interlocked.Decrement(ref _expectingKnown) >= 0;
        var isInHaste = _inHaste > 0 && Interlocked.Decrement(ref _inHaste) >= 0;
        for (var races = 1; ; races++)
        {
            try
            {
                var outcomes = await TryCommitAsync(changes, expectsKnown, isInHaste, cancellationToken);
                if (outcomes.Contains(CommitOutcome.Held))
                {
                    _inHaste = CommitsExpectingKnown;
                }

                return outcomes;
            }
            catch (PostgresException exception) when (PostgresErrors.IsOutOfPatience(exception) && (!isInHaste || changes.Count == 1))
            {
                // The transaction was rolled back as a whole. Looking for held tasks each time would cost more than this rare failure. A
                // batch may still be delayed by a slow transaction that stores the same id; then the caller splits it.
                if (isInHaste)
                {
                    throw PostgresErrors.Unavailable(exception);
                }

                (isInHaste, _inHaste) = (true, CommitsExpectingKnown);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation && !expectsKnown)
            {
                // The transaction was rolled back as a whole. Looking for known tasks each time would cost more than this rare failure.
                (expectsKnown, _expectingKnown) = (true, CommitsExpectingKnown);
            }
            catch (PostgresException exception) when (
                exception.SqlState == PostgresErrorCodes.UniqueViolation && changes is [{ IsInsert: true, Inserts.Count: > 0 }])
            {
                throw new TaskIdTakenException(null, exception);
            }
            catch (Exception exception) when (PostgresErrors.IsLostRace(exception))
            {
                // The transaction was rolled back as a whole so that another could go on. It is run again unchanged.
                if (races == MaxRaces)
                {
                    throw PostgresErrors.Unavailable(exception);
                }
            }
        }
    }

    /// <summary>Commits in one transaction and one round trip, with one statement for each kind of move.</summary>
    /// <param name="expectsKnown">True when a task may be known already. If false, a known task fails the transaction.</param>
    /// <param name="isInHaste">True when another transaction may hold a task for long. If false, a held task fails the transaction.</param>
    private async Task<CommitOutcome[]> TryCommitAsync(
        IReadOnlyList<TaskChange> changes, bool expectsKnown, bool isInHaste, CancellationToken cancellationToken)
    {
        var batch = new CommitBatch(changes, expectsKnown, isInHaste, Functions.Revision, database.InboxSchema.Statements);
        // There are no statements when all changes were computed from functions that have changed since.
        if (batch.Statements.Count > 0)
        {
            await RunAsync(batch, cancellationToken);
        }

        batch.Committed();
        await UnlessAwayAsync(() => batch.FindRefusalsAsync(claims => ListAsync(database.Hot,
            Command(Sql.StillWaiting,
                Of(claims, static claim => claim.Task.Number), Of(claims, static claim => claim.ExpectedVersion!.Value),
                Of(claims, static claim => claim.Task.Id.ToGuid())),
            static row => row.GetInt64(0), cancellationToken)));
        return batch.Outcomes;
    }

    /// <summary>
    /// Finds out why changes were not applied. If this fails, it does not matter: the applied changes are committed, and the others are
    /// computed again.
    /// </summary>
    private static async Task UnlessAwayAsync(Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (StoreUnavailableException)
        {
            // They remain conflicts.
        }
    }

    private async Task RunAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(database.Hot, cancellationToken);
        var watch = CommitWatch.Over(connection);
        try
        {
            await RunAsync(connection, batch.Statements, cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception) && !PostgresErrors.IsRolledBack(exception))
        {
            // If the transaction was committed, it may be on this server alone.
            database.Doubt();
            throw new CommitOutcomeUnknownException($"The database did not confirm a commit: {exception.Message}", exception);
        }
        catch (Exception exception) when (
            PostgresErrors.IsUnavailable(exception) && !PostgresErrors.IsLostRace(exception) && !PostgresErrors.IsOutOfPatience(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }

        if (watch.IsAlone)
        {
            database.Doubt();
            throw new CommitOutcomeUnknownException("No standby has confirmed a commit: it is on one server only.");
        }
    }
}
