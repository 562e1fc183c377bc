using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Functions.Registry;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.Schedules;
using TasksBus.Scheduling;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus;

public static class TasksBusServiceCollectionExtensions
{
    /// <summary>
    /// Adds the whole engine in one process: SQLite in <paramref name="database"/>, MassTransit in memory. An
    /// <see cref="Functions.IFunctionInvoker"/> must be added beside it.
    /// </summary>
    public static IServiceCollection AddTasksBus(this IServiceCollection services, SqliteDatabase database)
    {
        services.AddSingleton<ITaskStore>(provider =>
        {
            var store = new SqliteTaskStore(database, provider.GetRequiredService<TimeProvider>(), static () => new TaskState());
            store.ForgetEarlierProcesses();
            return store;
        });
        services.AddSingleton<IRecordStore>(new SqliteRecordStore(database));
        services.AddModel(database);
        services.AddSingleton(static provider => CommitLanes.Shared(provider.GetRequiredService<ITaskStore>(), provider.Committed(Roles.All)));
        return services.AddEngine(Roles.All, static engine => engine.AddInMemoryBus());
    }

    /// <summary>
    /// Adds a member of a cluster: PostgreSQL in <paramref name="database"/>, which is migrated, and MassTransit on RabbitMQ. A worker needs an
    /// <see cref="Functions.IFunctionInvoker"/> beside it.
    /// </summary>
    /// <param name="broker">amqp:// or amqps://, with user, password and virtual host.</param>
    public static IServiceCollection AddTasksBusCluster(this IServiceCollection services, PostgresDatabase database, Uri broker, Roles roles)
    {
        services.AddSingleton<ITaskStore>(new PostgresTaskStore(database, static () => new TaskState()));
        services.AddSingleton<IRecordStore>(new PostgresRecordStore(database));
        services.AddModel(database);
        services.AddSingleton(provider => CommitLanes.Separate(provider.GetRequiredService<ITaskStore>(), provider.Committed(roles)));
        services.AddHostedService(provider => new WakeUps(
            database, provider.GetRequiredService<Signals>(), roles.HasFlag(Roles.Dispatcher) ? provider.GetRequiredService<Leadership>() : null,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WakeUps>>()));
        return services.AddEngine(roles, engine => engine.AddRabbitMqBus(broker, roles));
    }

    /// <summary>
    /// Adds the functions that are managed here. Data Protection must be added beside it, with keys that all processes share; and, to change
    /// functions in Lambda, an <see cref="Functions.Management.IFunctionManagement"/>.
    /// </summary>
    public static IServiceCollection AddManagedFunctions(this IServiceCollection services, IModelDatabase database)
    {
        services.AddSingleton(new FunctionStore(database));
        services.AddSingleton<EnvironmentValues>();
        services.AddSingleton<FunctionRows>();
        services.AddSingleton<UnfinishedSteps>();
        services.AddSingleton<ManagedFunctions>();
        return services.AddHostedService(static provider => provider.GetRequiredService<UnfinishedSteps>());
    }

    /// <summary>Adds the schedules as their owners make and change them.</summary>
    public static IServiceCollection AddSchedules(this IServiceCollection services) => services.AddSingleton<ScheduleBook>();

    /// <summary>Adds Data Protection with keys in the database, which all members of the cluster share.</summary>
    public static IServiceCollection AddClusterKeys(this IServiceCollection services, PostgresDatabase database)
    {
        services.AddDataProtection().SetApplicationName(nameof(TasksBus)).AddKeyManagementOptions(keys => keys.XmlRepository = new DatabaseKeys(database));
        return services;
    }

    private static void AddModel(this IServiceCollection services, IModelDatabase database)
    {
        services.AddSingleton(new ScheduleStore(database));
        services.AddSingleton(new FunctionPoolStore(database));
    }

    private static IServiceCollection AddEngine(this IServiceCollection services, Roles roles, Action<IServiceCollection> addBus)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TaskLifecycle>();
        services.AddSingleton(static provider => new KeptEvents(
            provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.Events is { } names
                ? KeptEvents.All.Where(type => names.Contains(type.Name)) : KeptEvents.Final));
        services.AddSingleton<Signals>();
        services.AddSingleton(static provider => new FreshTasks(provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.Pool, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TaskTransitions>();
        services.AddSingleton<Intake>();
        services.AddSingleton<IdempotentIntake>();
        services.AddSingleton<Leadership>();
        services.AddSingleton<Worker>();

        // First: no task is taken in before the pools are known.
        services.AddHostedService<PoolSettings>();

        // Stopped in the reverse order: the worker drains while all else still runs, and the lease is handed over last.
        if (roles.HasFlag(Roles.Dispatcher))
        {
            services.AddHostedService(static provider => provider.GetRequiredService<Leadership>());
            services.AddSingleton<BrokerReach>();
            services.AddSingleton<WorkerWatch>();
            services.AddHostedService(static provider => provider.GetRequiredService<WorkerWatch>());
            services.AddHostedService<Sweeper>();
            services.AddHostedService<Deadlines>();
            services.AddSingleton<Ticks>();
            services.AddHostedService<Ticker>();
            services.AddHostedService<Housekeeper>();
            services.AddHostedService<Cleaner>();
        }

        addBus(services);
        if (roles.HasFlag(Roles.Dispatcher))
        {
            services.AddHostedService<EventPublisher>();
            services.AddHostedService<Dispatcher>();
        }

        if (roles.HasFlag(Roles.Worker))
        {
            services.AddHostedService(static provider => provider.GetRequiredService<Worker>());
        }

        if (roles.HasFlag(Roles.Api))
        {
            services.AddSingleton<DirectExecution>();
            services.AddSingleton<ApiFunctions>();
            services.AddSingleton<ApiRequestRecorder>();
            services.AddHostedService(static provider => provider.GetRequiredService<DirectExecution>());
            services.AddHostedService(static provider => provider.GetRequiredService<ApiRequestRecorder>());
        }

        return services;
    }

    /// <summary>What is to be done after each commit.</summary>
    private static Action<IReadOnlyList<TaskChange>> Committed(this IServiceProvider provider, Roles roles)
    {
        var signals = provider.GetRequiredService<Signals>();
        var logger = provider.GetRequiredService<ILogger<TaskTransitions>>();
        // Only a process that takes tasks in and runs them claims what it has just stored.
        var fresh = roles.HasFlag(Roles.Api) && roles.HasFlag(Roles.Worker) ? provider.GetRequiredService<FreshTasks>() : null;
        return changes =>
        {
            // Kept first: the signals may have a task claimed at once.
            fresh?.Add(changes);
            signals.Committed(changes);
            logger.Failures(changes);
        };
    }
}
