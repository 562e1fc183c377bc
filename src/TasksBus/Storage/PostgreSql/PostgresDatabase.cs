using System.Data;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <summary>One PostgreSQL database, shared by the cluster.</summary>
public sealed class PostgresDatabase : IModelDatabase, IAsyncDisposable
{
    /// <summary>
    /// Durable, and each statement with a snapshot of its own, whatever the server's defaults are. The hot statements go along an index for
    /// each row: no plan made for an almost empty table may scan or hash it when it has grown. The locks of a host that died in the middle
    /// of a statement are let go within half a minute.
    /// </summary>
    private const string HotSession =
        @"-c synchronous_commit=on -c default_transaction_isolation=read\ committed -c plan_cache_mode=force_generic_plan -c enable_seqscan=off "
        + "-c enable_hashjoin=off -c enable_mergejoin=off -c jit=off -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

    /// <summary>Connections for transitions at most: those who want more wait. Three lanes and the dispatcher take one each.</summary>
    private const int MaxConnections = 10;

    /// <summary>For small reads and writes: what lets callers in, one task, functions, schedules.</summary>
    private const int MaxSmallConnections = 6;

    /// <summary>For lists, which may take long: whoever wants more waits for seconds, then is told to come back.</summary>
    private const int MaxListConnections = 4;

    /// <summary>How long a list may take.</summary>
    public static readonly TimeSpan LongestList = TimeSpan.FromSeconds(10);

    /// <summary>Any number that no other program takes a lock of.</summary>
    private const long MigrationLock = 0x5461736b73427573;

    private readonly string _connectionString;
    private readonly DbContextOptions<PostgresTasksDbContext> _context;
    private readonly DbContextOptions<PostgresTasksDbContext> _listContext;
    private readonly NpgsqlDataSource _lists;
    private readonly TimeSpan _longestList;

    /// <param name="connectionString">For Npgsql.</param>
    /// <param name="holdAfterRestore">Whether nothing starts once the database is another than it was, until an operator says so.</param>
    /// <param name="longestList">How long a list may take; null: as long as <see cref="LongestList"/>.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public PostgresDatabase(string connectionString, bool holdAfterRestore = true, TimeSpan? longestList = null)
    {
        (HoldAfterRestore, _longestList) = (holdAfterRestore, longestList ?? LongestList);
        NpgsqlConnectionStringBuilder settings = new(connectionString) { IncludeErrorDetail = false };
        // A query of a hundred conditions is planned in 70 ms and runs as fast; compiled first, it takes half a minute.
        settings.Options = $"{settings.Options} -c jit=off".Trim();
        settings.ApplicationName ??= "tasksbus";
        var (options, poolSize) = (settings.Options, settings.MaxPoolSize);
        (settings.CommandTimeout, settings.Timeout) = (30, 5);
        settings.MaxPoolSize = Math.Min(poolSize, MaxSmallConnections);
        _connectionString = settings.ToString();
        Small = NpgsqlDataSource.Create(settings);
        _context = ContextOf(Small);
        settings.MaxPoolSize = Math.Min(poolSize, MaxListConnections);
        // The server itself ends what takes too long: it would go on working for a client that only stops listening. It cannot end the compilation of a
        // large query, which takes longer than most queries do without.
        settings.Options = $"{options} -c jit=off -c statement_timeout={(long)_longestList.TotalMilliseconds}".Trim();
        _lists = NpgsqlDataSource.Create(settings);
        _listContext = ContextOf(_lists);

        settings.MaxPoolSize = Math.Min(poolSize, MaxConnections);
        settings.Options = $"{options} {HotSession}".Trim();
        // Every statement of these sessions is one of ours: they leave nothing behind that had to be reset.
        (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages, settings.NoResetOnClose) = (64, 2, true);
        // A restore or a promotion cuts every connection, so each new one looks before it does anything: no claim slips through.
        NpgsqlDataSourceBuilder hot = new(settings.ToString());
        hot.UsePhysicalConnectionInitializer(connection => CheckInstallationAsync(connection).GetAwaiter().GetResult(), CheckInstallationAsync);
        Hot = hot.Build();
        // A lease is worth nothing when it is renewed late: its connections wait neither for others nor for long.
        (settings.MaxPoolSize, settings.CommandTimeout, settings.Timeout) = (4, 4, 4);
        Leases = NpgsqlDataSource.Create(settings);
    }

    internal bool HoldAfterRestore { get; }

    /// <summary>For transitions and the dispatcher.</summary>
    internal NpgsqlDataSource Hot { get; }

    /// <summary>For small reads and writes, which neither wait for lists nor hold up transitions.</summary>
    internal NpgsqlDataSource Small { get; }

    /// <summary>For heartbeats and the leader's lease.</summary>
    internal NpgsqlDataSource Leases { get; }

    /// <summary>Where it is, without secrets.</summary>
    public string Name
    {
        get
        {
            NpgsqlConnectionStringBuilder settings = new(_connectionString);
            return $"{settings.Database ?? settings.Username} on {settings.Host}:{settings.Port}";
        }
    }

    /// <summary>Brings the schema up to date. Any number of processes may do so at once: one does, the others wait.</summary>
    /// <exception cref="DatabaseRefusedException">The database does not exist or does not let us in.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be reached now.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Outside the pool: the lock goes with the session, however the migration ends.
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await using var @lock = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { CommandTimeout = 0, Parameters = { new() { Value = MigrationLock } } };
            await @lock.ExecuteNonQueryAsync(cancellationToken);
            await using var context = new PostgresTasksDbContext(_context);
            await context.Database.MigrateAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is "3D000" or "28000" or "28P01" or "42501")
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) refuses: {exception.MessageText}. Create the database, or mend ConnectionStrings__tasksbus; its user must own the schema.", exception);
        }
        catch (NpgsqlException exception) when (exception is not PostgresException && exception.InnerException is null && exception.Message.StartsWith("No password", StringComparison.Ordinal))
        {
            throw new DatabaseRefusedException($"PostgreSQL ({Name}) asks for a password, and ConnectionStrings__tasksbus has none. Add Password=..., or name a file with Passfile=....", exception);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw new StoreUnavailableException($"PostgreSQL ({Name}) cannot be reached: {exception.Message}", exception);
        }
    }

    /// <summary>Lets tasks be released again after a restore or a promotion.</summary>
    /// <returns>Why they were held; null where they were not.</returns>
    /// <exception cref="StoreUnavailableException">It cannot be reached now.</exception>
    public async Task<string?> ReleaseHoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var command = Hot.CreateCommand(
                "with held as (select held_because from installation for update) update installation set held_because = null from held returning held.held_because");
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    /// <summary>Runs a query that is not hot, in EF Core's words.</summary>
    public async Task<T> QueryAsync<T>(Func<PostgresTasksDbContext, Task<T>> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        try
        {
            await using var context = new PostgresTasksDbContext(_context);
            return await query(context);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    public Task<T> ReadAsync<T>(Func<TasksDbContext, Task<T>> read) => QueryAsync<T>(read);

    public async Task<T> ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            await using var context = new PostgresTasksDbContext(_listContext);
            return await read(context);
        }
        catch (Exception exception) when (IsStopped(exception))
        {
            throw new QueryTooSlowException(_longestList, exception);
        }
        catch (Exception exception) when (IsUnavailable(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Unavailable(exception);
        }
    }

    public Task<T> WriteAsync<T>(Func<TasksDbContext, Task<T>> write) => QueryAsync(async context =>
    {
        await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await context.Database.ExecuteSqlRawAsync("set local synchronous_commit = on");
        // Its lock is held until the commit.
        await context.FunctionsRevision.ExecuteUpdateAsync(static set => set.SetProperty(static row => row.Revision, static row => row.Revision));
        var result = await write(context);
        await transaction.CommitAsync();
        return result;
    });

    public async ValueTask DisposeAsync()
    {
        await Hot.DisposeAsync();
        await Leases.DisposeAsync();
        await Small.DisposeAsync();
        await _lists.DisposeAsync();
    }

    /// <summary>Whether the database is away, or too busy, and the same may work later.</summary>
    internal static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state is "25006" /* a standby */ or "55P03" or "40P01" or "40001"
            || state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or SocketException => true,
        InvalidOperationException { InnerException: { } inner } => IsUnavailable(inner),
        DbUpdateException { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    /// <summary>Whether the server stopped a statement, as the session asked for.</summary>
    private static bool IsStopped(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
        InvalidOperationException { InnerException: { } inner } => IsStopped(inner),
        _ => false,
    };

    /// <summary>Whether the server said that it rolled the transaction back; otherwise nobody knows.</summary>
    internal static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { SqlState: var state } && !state.StartsWith("08", StringComparison.Ordinal) && !state.StartsWith("57P", StringComparison.Ordinal);

    /// <summary>Whether the transaction lost against another and may be run again at once.</summary>
    internal static bool IsLostRace(Exception exception) => exception is PostgresException { SqlState: "40P01" or "40001" };

    internal static StoreUnavailableException Unavailable(Exception exception) => new($"The database cannot be used now: {exception.Message}", exception);

    private static DbContextOptions<PostgresTasksDbContext> ContextOf(NpgsqlDataSource source) =>
        new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql(source).UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options;

    private async Task CheckInstallationAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var check = new NpgsqlCommand(Sql.CheckInstallation, connection) { Parameters = { new() { Value = HoldAfterRestore } } };
            await check.ExecuteScalarAsync();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The leader asks the same, and then holds and says why.
        }
    }
}

/// <summary>The database does not let us in: waiting does not help.</summary>
public sealed class DatabaseRefusedException(string message, Exception inner) : Exception(message, inner);
