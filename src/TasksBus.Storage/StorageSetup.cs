using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Dispatch;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Storage;

/// <summary>Registers everything that the engine stores, on one of the two databases.</summary>
public static class StorageSetup
{
    /// <summary>Stores everything in one SQLite file, for a process that runs alone.</summary>
    /// <param name="newRecord">Makes an empty record, which the store fills.</param>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, SqliteDatabase database, Func<TaskRecord> newRecord)
    {
        services.AddTaskStore(provider =>
        {
            var store = new SqliteTaskStore(database, provider.GetRequiredService<TimeProvider>(), newRecord);
            store.ForgetEarlierProcesses();
            return store;
        });
        services.AddSingleton<IRecordStore>(new SqliteRecordStore(database));
        services.AddSingleton<IHistoryStore>(new SqliteHistoryStore(database));
        services.AddSingleton(database.ApiKeys);
        return services.AddModel(_ => database);
    }

    /// <summary>Stores everything in memory, in a database of each container's own, with the container's clock.</summary>
    /// <param name="newRecord">Makes an empty record, which the store fills.</param>
    internal static IServiceCollection AddMemoryStorage(this IServiceCollection services, Func<TaskRecord> newRecord)
    {
        services.AddSingleton(static provider => SqliteDatabase.OpenInMemory(provider.GetRequiredService<TimeProvider>()));
        services.AddTaskStore(provider => new SqliteTaskStore(
            provider.GetRequiredService<SqliteDatabase>(), provider.GetRequiredService<TimeProvider>(), newRecord));
        return services.AddModel(static provider => provider.GetRequiredService<SqliteDatabase>());
    }

    /// <summary>Stores everything in a PostgreSQL database, which all members of a cluster share.</summary>
    /// <param name="database">The database, whose schema is up to date.</param>
    /// <param name="newRecord">Makes an empty record, which the store fills.</param>
    /// <param name="isDispatcher">True when this process may lead.</param>
    public static IServiceCollection AddPostgresStorage(
        this IServiceCollection services, PostgresDatabase database, Func<TaskRecord> newRecord, bool isDispatcher)
    {
        services.AddTaskStore(_ => new PostgresTaskStore(database, newRecord));
        if (database.HasInbox)
        {
            services.AddSingleton<IInbox>(static provider => (IInbox)provider.GetRequiredService<ITaskStore>());
        }

        services.AddSingleton<IRecordStore>(new PostgresRecordStore(database));
        services.AddSingleton<IHistoryStore>(new PostgresHistoryStore(database));
        services.AddHostedService(provider => new Notifier(
            database, provider.GetRequiredService<Signals>(), isDispatcher ? provider.GetRequiredService<Leadership>() : null,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Notifier>>()));
        services.AddSingleton(database.ApiKeys);
        return services.AddModel(_ => database);
    }

    /// <summary>Keeps the keys of Data Protection in the database, so all members of the cluster have the same.</summary>
    public static IDataProtectionBuilder PersistKeysToDatabase(this IDataProtectionBuilder builder, PostgresDatabase database)
    {
        builder.Services.Configure<KeyManagementOptions>(keys => keys.XmlRepository = new DatabaseKeys(database));
        return builder;
    }

    private static IServiceCollection AddModel(this IServiceCollection services, Func<IServiceProvider, IModelDatabase> database)
    {
        services.AddSingleton<IScheduleStore>(provider => new ScheduleStore(database(provider)));
        services.AddSingleton<ITriggerStore>(provider => new TriggerStore(database(provider)));
        services.AddSingleton<IBulkStore>(provider => new BulkStore(database(provider)));
        services.AddSingleton<IRaisedEventStore>(provider => new RaisedEventStore(
            database(provider), provider.GetRequiredService<ITaskStore>().TryAddAsync));
        services.AddSingleton<IFunctionPoolStore>(provider => new FunctionPoolStore(database(provider)));
        return services.AddSingleton<IFunctionStore>(provider => new FunctionStore(database(provider)));
    }

    /// <summary>Adds a task store under each of the interfaces that are its parts.</summary>
    private static void AddTaskStore(this IServiceCollection services, Func<IServiceProvider, ITaskStore> open)
    {
        services.AddSingleton(open);
        Add<ICommitStore>();
        Add<ITaskLoader>();
        Add<IFunctionPolicyStore>();
        Add<ITaskReader>();
        Add<IReadyQueue>();
        Add<IQueueVacuum>();
        Add<IOverdueTasks>();
        Add<IDeadWorkers>();
        Add<IWorkerList>();
        Add<IWorkerLeases>();
        Add<ILeaderLease>();
        Add<IScheduleTicks>();
        Add<IStoreClock>();
        Add<IRetentionStore>();
        Add<IEventOutbox>();
        Add<IStatusReader>();
        Add<IConditionReader>();

        void Add<T>()
            where T : class =>
            services.AddSingleton<T>(static provider => (T)provider.GetRequiredService<ITaskStore>());
    }
}
