using Npgsql;
using TasksBus.Contracts;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    public string Schema => database.InboxSchema.Name;

    public Task<IReadOnlyList<InboxRow>> LookAsync(long after, int limit, int maxData, CancellationToken cancellationToken) => ListAsync(
        database.Hot, Command(Inbox.Next, Value(after), Value(limit), Value((long)maxData)), static row => new InboxRow(
            row.GetInt64(0), row.GetBoolean(1), TaskId.FromGuid(row.GetGuid(2)), row.IsDBNull(3) ? "" : row.GetString(3),
            row.IsDBNull(4) ? null : row.GetString(4), row.IsDBNull(5) ? null : row.GetInt64(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? [] : row.GetFieldValue<string[]>(7),
            row.IsDBNull(8) ? null : row.GetString(8), row.IsDBNull(9) ? null : row.GetString(9))
        {
            EventType = row.IsDBNull(10) ? null : row.GetString(10),
            RaisedByTaskId = row.IsDBNull(11) ? null : TaskId.FromGuid(row.GetGuid(11)),
            TraceParent = row.IsDBNull(12) ? null : row.GetString(12),
        },
        cancellationToken);

    public Task DeleteAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) =>
        ExecuteAsync(database.Hot, Command(Inbox.Delete, Of(positions, static position => position)), cancellationToken);

    public Task RefuseAsync(IReadOnlyCollection<InboxRefusal> refusals, CancellationToken cancellationToken) => ExecuteAsync(
        database.Hot,
        Command(
            Inbox.Refuse, Of(refusals, static refusal => refusal.Position), Of(refusals, static refusal => refusal.Code.Code),
            Of(refusals, static refusal => refusal.Code.Name), Of(refusals, static refusal => refusal.Message)),
        cancellationToken);

    public async Task<IAsyncDisposable?> TrySleepAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(database.Leases, cancellationToken);
        try
        {
            await using NpgsqlCommand announce = new(database.InboxSchema.TrySleep, connection);
            if (await announce.ExecuteScalarAsync(cancellationToken) is true)
            {
                return new Sleep(connection, database.InboxSchema.Wake);
            }
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync();
            throw PostgresErrors.IsUnavailable(exception) ? PostgresErrors.Unavailable(exception) : exception;
        }

        await connection.DisposeAsync();
        return null;
    }

    private InboxStatements Inbox => database.InboxSchema.Statements;

    /// <summary>The announcement is a lock of a session, so it ends with its process at the latest.</summary>
    private sealed class Sleep(NpgsqlConnection connection, string wake) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using (connection)
            {
                try
                {
                    await using NpgsqlCommand command = new(wake, connection);
                    await command.ExecuteScalarAsync();
                }
                catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
                {
                    // The session has ended, and the lock with it.
                }
            }
        }
    }
}
