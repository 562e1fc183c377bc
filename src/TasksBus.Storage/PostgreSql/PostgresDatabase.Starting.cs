using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

public sealed partial class PostgresDatabase
{
    /// <summary>An arbitrary number that no other program uses for a lock.</summary>
    private const long MigrationLock = 0x5461736b73427573;

    /// <summary>A pooler may hand out the same session by chance, but not this often.</summary>
    private const int Looks = 10;

    /// <summary>
    /// Why services cannot schedule tasks by SQL, and how to mend it. Null when they can. <see cref="MigrateAsync(CancellationToken)"/>
    /// sets it.
    /// </summary>
    public string? InboxFault { get; private set; }

    /// <summary>Why the functions for SQL are those of an earlier version. Null when they are of this one.</summary>
    public string? InboxBehind { get; private set; }

    /// <summary>True when services may have scheduled tasks by SQL.</summary>
    internal bool HasInbox => InboxFault is null;

    /// <summary>The schema by which services schedule tasks.</summary>
    internal InboxSchema InboxSchema { get; }

    /// <summary>
    /// Brings the schema up to date. Any number of processes may call it at once: one of them does the work, the others wait.
    /// </summary>
    /// <exception cref="DatabaseRefusedException">The database does not exist, refuses the connection, or is behind a pooler that does not
    /// give sessions.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        // This connection is not in the pool, because the lock ends with the session, however the migration ends.
        await StartAsync(async () =>
        {
            await using NpgsqlConnection connection = new(Unpooled), other = new(Unpooled);
            await connection.OpenAsync(cancellationToken);
            await other.OpenAsync(cancellationToken);
            await RefuseSharedSessionsAsync(connection, other, cancellationToken);
            await other.CloseAsync();
            await RefuseLostSettingsAsync(cancellationToken);
            await using NpgsqlCommand @lock =
                new("select pg_advisory_lock($1)", connection) { CommandTimeout = 0, Parameters = { new() { Value = MigrationLock } } };
            await @lock.ExecuteNonQueryAsync(cancellationToken);
            await MigrateAsync(connection, cancellationToken);
            (InboxFault, InboxBehind) = await InboxSchema.MakeAsync(connection, cancellationToken);
        });
    }

    private string Unpooled => new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ToString();

    /// <summary>Runs the first step with the database, and says what is wrong with it and how to mend it.</summary>
    private async Task StartAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (PostgresException exception) when (!PostgresErrors.IsUnavailable(exception))
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) refuses: {exception.MessageText}. {Advice(exception.SqlState)}", exception);
        }
        catch (NpgsqlException exception) when (
            exception is not PostgresException && exception.InnerException is null
                && exception.Message.StartsWith("No password", StringComparison.Ordinal))
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) asks for a password, and ConnectionStrings__tasksbus has none. Add Password=..., or name "
                    + "a file with Passfile=....",
                exception);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw new StoreUnavailableException($"PostgreSQL ({Name}) cannot be reached: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Requires exactly the schema that this version knows, and changes nothing. For a process that does not own the database.
    /// </summary>
    /// <exception cref="DatabaseRefusedException">The schema is newer or older, or the database refuses the connection.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now, or no server has made its tables yet.</exception>
    public Task RequireSchemaAsync(CancellationToken cancellationToken) => StartAsync(async () =>
    {
        await using NpgsqlConnection connection = new(Unpooled), other = new(Unpooled);
        await connection.OpenAsync(cancellationToken);
        await other.OpenAsync(cancellationToken);
        await RefuseSharedSessionsAsync(connection, other, cancellationToken);
        await RefuseLostSettingsAsync(cancellationToken);
        if (await HasNoTablesAsync(connection, cancellationToken))
        {
            throw new StoreUnavailableException(
                $"PostgreSQL ({Name}) has no tables of TasksBus yet: the first server that starts makes them.");
        }

        var (missing, unknown) = Schema.Of<PostgresTasksDbContext>().Compare(await AppliedAsync(connection, cancellationToken));
        if (unknown.Count > 0)
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) has a newer schema than this version of TasksBus.Worker knows ({string.Join(", ", unknown)}): use "
                    + "the version of the package that your servers have.");
        }

        if (missing.Count > 0)
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) has an older schema than this version of TasksBus.Worker needs (it lacks "
                    + $"{string.Join(", ", missing)}): update the servers first, which change the schema, or use the version of the "
                    + "package that they have.");
        }
    });

    /// <summary>Opens a connection outside the pool, set up like those for transitions.</summary>
    internal async Task<NpgsqlConnection> OpenAloneAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = new(_alone);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var schema = Schema.Of<PostgresTasksDbContext>();
        if (await HasNoTablesAsync(connection, cancellationToken))
        {
            await using NpgsqlCommand create = new(schema.Script, connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
            return;
        }

        if (!schema.IsMadeBy(await AppliedAsync(connection, cancellationToken)))
        {
            // New tables belong beside the others. But the schema for services may have the name of the user, and then PostgreSQL would
            // make them there.
            await using NpgsqlCommand stay = new(
                "select set_config('search_path', relnamespace::regnamespace::text, false) from pg_class "
                    + "where oid = '\"__EFMigrationsHistory\"'::regclass", connection);
            await stay.ExecuteNonQueryAsync(cancellationToken);
            await using var context = new PostgresTasksDbContext(
                new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql(connection).Options);
            await context.Database.MigrateAsync(cancellationToken);
        }
    }

    private static async Task<bool> HasNoTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand ask = new("select to_regclass('\"__EFMigrationsHistory\"') is null", connection);
        return await ask.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task<List<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<string> applied = [];
        await using NpgsqlCommand read = new(Schema.Applied, connection);
        await using var reader = await read.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(reader.GetString(0));
        }

        return applied;
    }

    private static string Advice(string state) => state switch
    {
        PostgresErrorCodes.InvalidSchemaName =>
            "Create the schema that Search Path in ConnectionStrings__tasksbus names, for the user to own, or leave Search Path out.",
        PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InsufficientPrivilege =>
            "Create the database, or mend ConnectionStrings__tasksbus; its user must own the schema.",
        _ => "Mend the database or ConnectionStrings__tasksbus.",
    };

    /// <summary>
    /// Refuses a pooler in transaction mode, such as PgBouncer's. It gives each transaction any free session, so settings, prepared
    /// statements, locks and notifications would belong to another connection. The check: while one connection keeps a transaction open,
    /// the session of another, idle connection must not change.
    /// </summary>
    private async Task RefuseSharedSessionsAsync(NpgsqlConnection idle, NpgsqlConnection busy, CancellationToken cancellationToken)
    {
        var session = await SessionOfAsync(idle, cancellationToken);
        var isShared = session == await SessionOfAsync(busy, cancellationToken);
        for (var look = 0; look < Looks && !isShared; look++)
        {
            await using var transaction = await busy.BeginTransactionAsync(cancellationToken);
            await SessionOfAsync(busy, cancellationToken);
            isShared = session != await SessionOfAsync(idle, cancellationToken);
            await transaction.RollbackAsync(cancellationToken);
        }

        if (isShared)
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) is behind a pooler in transaction mode, such as PgBouncer with pool_mode=transaction, and TasksBus "
                    + "needs sessions of its own: let ConnectionStrings__tasksbus lead to PostgreSQL itself.");
        }
    }

    /// <summary>Whatever is between here and the server must pass on the settings of sessions.</summary>
    private async Task RefuseLostSettingsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAloneAsync(cancellationToken);
            await using NpgsqlCommand read = new(
                "select current_setting('enable_sort') = 'off' and current_setting('lock_timeout') = $1", connection)
            {
                Parameters = { new() { Value = LockPatience } }
            };
            if (await read.ExecuteScalarAsync(cancellationToken) is true)
            {
                return;
            }
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            throw Lost(exception);
        }

        throw Lost(null);

        DatabaseRefusedException Lost(Exception? inner) => new(
            $"PostgreSQL ({Name}) is behind a pooler that does not pass on the options of a "
                + $"connection{(inner is PostgresException { MessageText: var text } ? $" ({text})" : "")}, as PgBouncer does not: let "
                + "ConnectionStrings__tasksbus lead to PostgreSQL itself.",
            inner);
    }

    private static async Task<int> SessionOfAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand ask = new("select pg_backend_pid()", connection);
        return (int)(await ask.ExecuteScalarAsync(cancellationToken))!;
    }
}
