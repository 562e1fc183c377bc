using Npgsql;

namespace TasksBus.Storage.PostgreSql;

public sealed partial class PostgresDatabase
{
    private int _doubts;
    private int _settled;

    /// <summary>
    /// Records that a commit of this process may be on one server only. A synchronous standby that did not confirm it may be promoted
    /// without it.
    /// </summary>
    internal void Doubt() => Interlocked.Increment(ref _doubts);

    /// <summary>
    /// Returns when everything that was read or committed through this object so far is on all servers that must have it. If there was a
    /// doubt, a small commit proves it, because a standby confirms in the order of the log.
    /// </summary>
    /// <exception cref="StoreUnavailableException">No standby confirms.</exception>
    internal Task ConfirmAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _doubts) is var doubts && doubts == Volatile.Read(ref _settled)
            ? Task.CompletedTask : ProveAsync(doubts, cancellationToken);

    private async Task ProveAsync(int doubts, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await Hot.OpenConnectionAsync(cancellationToken);
            var watch = CommitWatch.Over(connection);
            // This writes to the log but to no table, so nobody waits for it while it waits.
            await using NpgsqlCommand prove = new("select pg_logical_emit_message(true, 'tasksbus', '')", connection);
            await prove.ExecuteNonQueryAsync(cancellationToken);
            if (watch.IsAlone)
            {
                throw new StoreUnavailableException("No standby confirms commits: what was written last may be on one server only.");
            }
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }

        // Another call's proof of a later doubt stays valid.
        for (var settled = Volatile.Read(ref _settled); settled < doubts; settled = Volatile.Read(ref _settled))
        {
            Interlocked.CompareExchange(ref _settled, doubts, settled);
        }
    }
}
