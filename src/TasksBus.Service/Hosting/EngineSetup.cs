using TasksBus.Hosting;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.RabbitMq;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Service.Hosting;

/// <summary>The two ways to connect the engine to a database and a bus.</summary>
public static class EngineSetup
{
    /// <summary>
    /// Adds the whole engine in one process: SQLite in <paramref name="database"/>, MassTransit in memory. The caller must also add an
    /// <see cref="Functions.IFunctionInvoker"/>.
    /// </summary>
    public static IServiceCollection AddTasksBus(this IServiceCollection services, SqliteDatabase database)
    {
        services.AddSqliteStorage(database, static () => new TaskSaga());
        return services.AddEngine(Roles.All, CommitLanes.Shared, static engine => engine.AddInMemoryBus());
    }

    /// <summary>
    /// Adds a member of a cluster: PostgreSQL in <paramref name="database"/>, which is migrated, and MassTransit on RabbitMQ. For a worker
    /// the caller must also add an <see cref="Functions.IFunctionInvoker"/>.
    /// </summary>
    /// <param name="broker">An amqp:// or amqps:// address with user, password and virtual host.</param>
    public static IServiceCollection AddTasksBusCluster(
        this IServiceCollection services, PostgresDatabase database, Uri broker, Roles roles)
    {
        services.AddPostgresStorage(database, static () => new TaskSaga(), isDispatcher: roles.HasFlag(Roles.Dispatcher));
        return services.AddEngine(roles, CommitLanes.Separate, engine => engine.AddRabbitMqBus(broker, roles));
    }
}
