using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <summary>One PostgreSQL database, shared by the cluster.</summary>
public sealed partial class PostgresDatabase : IModelDatabase, IAsyncDisposable
{
    /// <summary>
    /// The options of a session. Commits are durable, and each statement has its own snapshot, whatever the server's defaults are. Hot
    /// statements use an index for each row, in its order: no plan made for an almost empty table may scan, hash or sort it when it has
    /// grown. The locks of a host that died in the middle of a statement are released within half a minute.
    /// </summary>
    private const string HotSession =
        @"-c synchronous_commit=on -c default_transaction_isolation=read\ committed -c "
            + @"plan_cache_mode=force_generic_plan -c enable_seqscan=off "
        + "-c enable_bitmapscan=off -c enable_sort=off -c enable_hashjoin=off -c enable_mergejoin=off -c tcp_keepalives_idle=10 -c "
        + "tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

    /// <summary>
    /// A query of a hundred conditions is planned in 70 ms and runs as fast. Compiling it first takes half a minute, during which nothing
    /// can stop it.
    /// </summary>
    private const string NoCompilation = "-c jit=off";

    /// <summary>
    /// How long a hot statement waits for a row that another transaction is about to change. That normally takes milliseconds. But if
    /// somebody keeps a transaction open, all who share the statement would wait with it.
    /// </summary>
    internal const string LockPatience = "500ms";

    /// <summary>The limit of connections for transitions; further users wait. Three lanes and the dispatcher take one each.</summary>
    private const int MaxConnections = 10;

    /// <summary>The limit of connections for small reads and writes: authentication, single tasks, functions, schedules.</summary>
    private const int MaxSmallConnections = 6;

    /// <summary>
    /// The limit of connections for lists, which may take long. Further callers wait for seconds, and then are told to come back.
    /// </summary>
    private const int MaxListConnections = 4;

    /// <summary>The longest wait for an answer, in seconds. A connection string may set a shorter one.</summary>
    private const int LongestAnswer = 30;

    /// <summary>How long a list may take.</summary>
    public static readonly TimeSpan LongestList = TimeSpan.FromSeconds(10);

    private readonly string _connectionString;
    private readonly string _alone;
    private readonly DbContextOptions<PostgresTasksDbContext> _context;
    private readonly DbContextOptions<PostgresTasksDbContext> _listContext;
    private readonly NpgsqlDataSource _lists;
    private readonly TimeSpan _longestList;
    private readonly ListPlaces _places;

    /// <param name="connectionString">A connection string for Npgsql.</param>
    /// <param name="holdAfterRestore">True when nothing may start after the database was restored or replaced, until an operator allows
    /// it.</param>
    /// <param name="longestList">How long a list may take. Null means <see cref="LongestList"/>.</param>
    /// <param name="sqlSchema">The schema by which services schedule tasks: lower-case letters, digits and _.</param>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public PostgresDatabase(
        string connectionString, bool holdAfterRestore = true, TimeSpan? longestList = null,
        string sqlSchema = TasksBusOptions.DefaultSqlSchema)
    {
        (HoldAfterRestore, _longestList, InboxSchema) = (holdAfterRestore, longestList ?? LongestList, new(sqlSchema));
        NpgsqlConnectionStringBuilder settings = new(connectionString) { IncludeErrorDetail = false };
        settings.ApplicationName ??= "tasksbus";
        var (options, poolSize) = (settings.Options, settings.MaxPoolSize);
        (settings.CommandTimeout, settings.Timeout) =
            (settings.CommandTimeout is > 0 and < LongestAnswer ? settings.CommandTimeout : LongestAnswer, 5);
        // This detects a host that vanished, also for a wait without a limit.
        (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 10, 5);
        settings.MaxPoolSize = Math.Min(poolSize, MaxSmallConnections);
        _connectionString = settings.ToString();
        settings.Options = $"{options} {NoCompilation}".Trim();
        Small = NpgsqlDataSource.Create(settings);
        _context = ContextOf(Small);
        settings.MaxPoolSize = Math.Min(poolSize, MaxListConnections);
        _places = new(settings.MaxPoolSize);
        // The server itself ends what takes too long. It would go on working for a client that only stops listening.
        settings.Options += $" -c statement_timeout={(long)_longestList.TotalMilliseconds}";
        _lists = NpgsqlDataSource.Create(settings);
        _listContext = ContextOf(_lists);

        settings.MaxPoolSize = Math.Min(poolSize, MaxConnections);
        var hotOptions = $"{options} {NoCompilation} {HotSession}".Trim();
        settings.Options = $"{hotOptions} -c lock_timeout={LockPatience}";
        // Every statement of these sessions is one of ours, and none leaves anything behind that has to be reset.
        (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages, settings.NoResetOnClose) = (64, 2, true);
        // A restore or a promotion cuts every connection, so each new one checks the server before anything else. No claim slips through.
        NpgsqlDataSourceBuilder hot = new(settings.ToString());
        hot.UsePhysicalConnectionInitializer(
            connection => CheckInstallationAsync(connection).GetAwaiter().GetResult(), CheckInstallationAsync);
        Hot = hot.Build();
        _alone = new NpgsqlConnectionStringBuilder(settings.ToString()) { Pooling = false }.ToString();
        // A lease that is renewed late is worthless. So its connections wait neither for others nor for long.
        settings.Options = hotOptions;
        (settings.MaxPoolSize, settings.CommandTimeout, settings.Timeout) = (5, 4, 4);
        Leases = NpgsqlDataSource.Create(settings);
    }

    internal bool HoldAfterRestore { get; }

    /// <summary>Connections for transitions and the dispatcher.</summary>
    internal NpgsqlDataSource Hot { get; }

    /// <summary>Connections for small reads and writes, which neither wait for lists nor delay transitions.</summary>
    internal NpgsqlDataSource Small { get; }

    /// <summary>Connections for heartbeats and the leader's lease, and those that the leader listens and sleeps on.</summary>
    internal NpgsqlDataSource Leases { get; }

    /// <summary>This database, for what goes through EF Core.</summary>
    internal IModelDatabase Model => this;

    /// <summary>The API keys in this database.</summary>
    public ApiKeyStore ApiKeys => new(this);

    /// <summary>The database's address, without secrets.</summary>
    public string Name
    {
        get
        {
            NpgsqlConnectionStringBuilder settings = new(_connectionString);
            return $"{settings.Database ?? settings.Username} on {settings.Host}:{settings.Port}";
        }
    }

    /// <summary>Lets tasks be released again after a restore or a promotion.</summary>
    /// <returns>Why tasks were held. Null when they were not.</returns>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task<string?> ReleaseHoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RepeatableAsync(async () =>
            {
                await using var command = Hot.CreateCommand(
                    "with held as (select held_because from installation for update) update installation set held_because = null from held "
                        + "returning held.held_because");
                return await command.ExecuteScalarAsync(cancellationToken) as string;
            });
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw new DatabaseRefusedException(
                $"PostgreSQL ({Name}) has no tables of TasksBus yet: the first server that starts makes them.", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Hot.DisposeAsync();
        await Leases.DisposeAsync();
        await Small.DisposeAsync();
        await _lists.DisposeAsync();
        _places.Dispose();
    }

    private static DbContextOptions<PostgresTasksDbContext> ContextOf(NpgsqlDataSource source) =>
        new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql(source)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options;

    private async Task CheckInstallationAsync(NpgsqlConnection connection)
    {
        try
        {
            await using var check =
                new NpgsqlCommand(Sql.CheckInstallation, connection) { Parameters = { new() { Value = HoldAfterRestore } } };
            await check.ExecuteScalarAsync();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The leader asks the same question, and then holds the tasks and logs why.
        }
    }
}
