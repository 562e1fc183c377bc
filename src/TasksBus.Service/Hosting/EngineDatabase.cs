using Microsoft.AspNetCore.DataProtection;
using TasksBus.Hosting;
using TasksBus.Service.Operations;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Service.Hosting;

/// <summary>The database of a process that hosts the engine. It is opened before the engine starts and disposed after the engine.</summary>
public sealed class EngineDatabase : IAsyncDisposable
{
    /// <summary>The folder, inside the data folder, with the keys that protect data.</summary>
    public const string KeysName = "keys";

    private readonly IAsyncDisposable _database;
    private readonly Action<IServiceCollection, Roles> _addEngine;
    private readonly Action<IDataProtectionBuilder> _persistKeys;

    private EngineDatabase(
        IAsyncDisposable database, Action<IServiceCollection, Roles> addEngine, Action<IDataProtectionBuilder> persistKeys) =>
        (_database, _addEngine, _persistKeys) = (database, addEngine, persistKeys);

    /// <summary>Opens the database and brings it up to date, however long a PostgreSQL is not there.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    public static Task<EngineDatabase> OpenWhenThereAsync(
        ClusterSettings? cluster, TasksBusOptions options, Func<string, string> prepareFolder, ILogger logger,
        CancellationToken cancellationToken) =>
        Backoff.RetryAsync<EngineDatabase, StoreUnavailableException>(
            TimeProvider.System, () => OpenAsync(cluster, options, prepareFolder, logger, cancellationToken),
            exception => ServiceLog.WaitingForDatabase(logger, exception), cancellationToken);

    /// <summary>Opens the database and brings it up to date.</summary>
    /// <param name="cluster">The cluster that the process joins. Null for a process that runs alone, on SQLite.</param>
    /// <param name="options">The settings of the process.</param>
    /// <param name="prepareFolder">Makes a folder that only this user may enter, and returns its full path.</param>
    /// <param name="logger">The log of the start.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="StoreUnavailableException">The PostgreSQL cannot be reached now.</exception>
    /// <exception cref="DatabaseRefusedException">The database is not one that this version can use.</exception>
    public static async Task<EngineDatabase> OpenAsync(
        ClusterSettings? cluster, TasksBusOptions options, Func<string, string> prepareFolder, ILogger logger,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(prepareFolder);
        if (cluster is not null)
        {
            var shared = await OpenSharedAsync(cluster, options, logger, cancellationToken);
            return new(
                shared, (services, roles) => services.AddTasksBusCluster(shared, cluster.Broker, roles),
                keys => keys.PersistKeysToDatabase(shared));
        }

        var folder = prepareFolder(options.DataPath);
        var file = SqliteDatabase.Open(folder);
        return new(
            file, (services, _) => services.AddTasksBus(file),
            keys => keys.PersistKeysToFileSystem(new(Path.Combine(folder, KeysName))));
    }

    /// <summary>
    /// Adds the engine, and for the api the functions, schedules and triggers that its callers manage. For a worker the caller must also
    /// add an <see cref="Functions.IFunctionInvoker"/>.
    /// </summary>
    /// <param name="services">The container of the engine.</param>
    /// <param name="roles">What the process does. One that runs alone has all roles.</param>
    public void AddEngine(IServiceCollection services, Roles roles)
    {
        _addEngine(services, roles);
        if (roles.HasFlag(Roles.Api))
        {
            services.AddManagedFunctions().AddSchedules().AddTriggers().AddBulkOperations().AddOperations();
            _persistKeys(services.AddDataProtection().SetApplicationName(nameof(TasksBus)));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<PostgresDatabase> OpenSharedAsync(
        ClusterSettings cluster, TasksBusOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        PostgresDatabase database = new(cluster.Database, options.HoldAfterRestore, sqlSchema: options.SqlSchema);
        try
        {
            await database.MigrateAsync(cancellationToken);
            if (database.InboxFault is { } fault)
            {
                ServiceLog.NoSchedulingBySql(logger, fault);
            }

            if (database.InboxBehind is { } reason)
            {
                ServiceLog.SqlFunctionsBehind(logger, reason);
            }

            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}

internal static partial class ServiceLog
{
    [LoggerMessage(503, LogLevel.Warning, "The service starts when the database is there")]
    public static partial void WaitingForDatabase(ILogger logger, Exception exception);

    [LoggerMessage(507, LogLevel.Warning, "Services cannot schedule tasks by SQL; everything else works. {Fault}")]
    public static partial void NoSchedulingBySql(ILogger logger, string fault);

    [LoggerMessage(509, LogLevel.Warning, "The functions for SQL stay those of an earlier version. {Reason}")]
    public static partial void SqlFunctionsBehind(ILogger logger, string reason);
}
