using Microsoft.AspNetCore.DataProtection;
using TasksBus.Dispatch;
using TasksBus.Hosting;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.Server.Messaging;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>The two ways to connect the engine to a database and a bus.</summary>
internal static class EngineSetup
{
    /// <summary>
    /// Adds the whole engine in one process: SQLite in <paramref name="database"/>, MassTransit in memory. The caller must also add an
    /// <see cref="Functions.IFunctionInvoker"/>.
    /// </summary>
    public static IServiceCollection AddTasksBus(this IServiceCollection services, SqliteDatabase database)
    {
        services.AddTaskStore(provider =>
        {
            var store = new SqliteTaskStore(database, provider.GetRequiredService<TimeProvider>(), static () => new TaskSaga());
            store.ForgetEarlierProcesses();
            return store;
        });
        services.AddSingleton<IRecordStore>(new SqliteRecordStore(database));
        services.AddModel(database);
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
        services.AddTaskStore(_ => new PostgresTaskStore(database, static () => new TaskSaga()));
        services.AddSingleton<IRecordStore>(new PostgresRecordStore(database));
        services.AddModel(database);
        services.AddHostedService(provider => new Notifier(
            database, provider.GetRequiredService<Signals>(),
            roles.HasFlag(Roles.Dispatcher) ? provider.GetRequiredService<Leadership>() : null,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Notifier>>()));
        return services.AddEngine(roles, CommitLanes.Separate, engine => engine.AddRabbitMqBus(broker, roles));
    }

    /// <summary>Adds Data Protection with keys in the database, which all members of the cluster share.</summary>
    public static IServiceCollection AddClusterKeys(this IServiceCollection services, PostgresDatabase database)
    {
        services.AddDataProtection().SetApplicationName(nameof(TasksBus))
            .AddKeyManagementOptions(keys => keys.XmlRepository = new DatabaseKeys(database));
        return services;
    }

    private static void AddModel(this IServiceCollection services, IModelDatabase database)
    {
        services.AddSingleton<IScheduleStore>(new ScheduleStore(database));
        services.AddSingleton<IFunctionPoolStore>(new FunctionPoolStore(database));
        services.AddSingleton<IFunctionStore>(new FunctionStore(database));
    }
}
