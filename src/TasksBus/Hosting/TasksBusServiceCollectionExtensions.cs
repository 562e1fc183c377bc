using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Bulk;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Triggers;

namespace TasksBus.Hosting;

/// <summary>Adds the engine and its parts to a process.</summary>
public static class TasksBusServiceCollectionExtensions
{
    /// <summary>
    /// Adds the functions that are managed here. The caller must also add Data Protection, with keys that all processes share, and, to
    /// change functions in Lambda, an <see cref="Functions.Management.IFunctionManagement"/>.
    /// </summary>
    public static IServiceCollection AddManagedFunctions(this IServiceCollection services)
    {
        services.AddSingleton<EnvironmentValues>();
        services.AddSingleton<FunctionRows>();
        services.AddSingleton<UnfinishedSteps>();
        services.AddSingleton<ManagedFunctions>();
        return services.AddHostedService(static provider => provider.GetRequiredService<UnfinishedSteps>());
    }

    /// <summary>Adds the schedules, which their owners make and change.</summary>
    public static IServiceCollection AddSchedules(this IServiceCollection services) => services.AddSingleton<ScheduleBook>();

    /// <summary>Adds the triggers, which their owners make and change.</summary>
    public static IServiceCollection AddTriggers(this IServiceCollection services) => services.AddSingleton<TriggerBook>();

    /// <summary>Adds the bulk operations, which callers make and stop.</summary>
    public static IServiceCollection AddBulkOperations(this IServiceCollection services) => services.AddSingleton<BulkBook>();

    /// <summary>
    /// Adds the engine for a process with these roles. The caller must also add the stores of a database, and for a worker an
    /// <see cref="Functions.IFunctionInvoker"/>.
    /// </summary>
    /// <param name="lanes">How many writers the database accepts at a time: <see cref="CommitLanes.Shared"/> or
    /// <see cref="CommitLanes.Separate"/>.</param>
    /// <param name="addBus">Adds the bus and its transport.</param>
    public static IServiceCollection AddEngine(
        this IServiceCollection services, Roles roles, Func<ICommitStore, Action<IReadOnlyList<TaskChange>>, CommitLanes> lanes,
        Action<IServiceCollection> addBus)
    {
        ArgumentNullException.ThrowIfNull(addBus);
        services.AddSingleton(provider => lanes(provider.Commits(), provider.Committed(roles)));
        services.AddParts();
        services.AddLoops(roles, addBus);
        return services;
    }

    /// <summary>
    /// Adds the engine for a process whose owner paces it: the same parts, of which none runs by itself but the bus. The owner starts the
    /// worker, and asks the dispatcher, the ticks and the event publisher for their rounds. The caller must also add what
    /// <see cref="AddEngine"/> asks for.
    /// </summary>
    internal static IServiceCollection AddPacedEngine(this IServiceCollection services, Action<IServiceCollection> addBus)
    {
        const Roles roles = Roles.Dispatcher | Roles.Worker | Roles.Api;
        services.AddSingleton(static provider => CommitLanes.Shared(provider.Commits(), provider.Committed(roles)));
        services.AddParts();
        services.AddHostedService<PoolSettings>();
        services.AddSingleton<BrokerReach>();
        services.AddSingleton<Ticks>();
        services.AddSingleton<EventPublisher>();
        services.AddSingleton<Dispatcher>();
        addBus(services);
        return services;
    }

    /// <summary>What every process has, whatever its roles.</summary>
    private static void AddParts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<RecentCounts>();
        services.AddSingleton<TaskMetrics>();
        services.AddSingleton<TaskLifecycle>();
        services.AddSingleton(static provider => KeptEvents.Of(provider.GetRequiredService<IOptions<TasksBusOptions>>().Value));
        services.AddSingleton(static provider => new KeptResults(
            provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.KeepResults ?? []));
        services.AddSingleton<Signals>();
        services.AddSingleton(
            static provider => new FreshTasks(
                provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.Pool, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(static provider => new TaskTransitions(
            provider.GetRequiredService<CommitLanes>(), provider.GetRequiredService<TaskLifecycle>(),
            provider.GetRequiredService<KeptEvents>()));
        services.AddSingleton<TaskIntake>();
        services.AddSingleton<IdempotentIntake>();
        services.AddSingleton<ChosenIdIntake>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<Leadership>();
        services.AddSingleton<WorkerStatus>();
        services.AddSingleton<Worker>();
    }

    /// <summary>What runs in a process of these roles, in the order in which it starts.</summary>
    private static void AddLoops(this IServiceCollection services, Roles roles, Action<IServiceCollection> addBus)
    {
        // This comes first, so that no task is accepted before the pools are known.
        services.AddHostedService<PoolSettings>();
        services.AddHostedService<HistoryWriter>();

        // Services stop in the reverse order: the worker drains while everything else still runs, and the lease is handed over last.
        if (roles.HasFlag(Roles.Dispatcher))
        {
            services.AddHostedService(static provider => provider.GetRequiredService<Leadership>());
            services.AddSingleton<BrokerReach>();
            services.AddSingleton<WorkerWatch>();
            services.AddHostedService(static provider => provider.GetRequiredService<WorkerWatch>());
            services.AddHostedService<Rescuer>();
            services.AddHostedService<Deadlines>();
            services.AddSingleton<Ticks>();
            services.AddHostedService<Ticker>();
            services.AddHostedService<Vacuumer>();
            services.AddHostedService<Pruner>();
            services.AddSingleton<BulkWalk>();
            services.AddHostedService<BulkRunner>();
            services.AddHostedService<HistoryKeeper>();
            services.AddHostedService<ClusterMetrics>();
            if (services.Any(static service => service.ServiceType == typeof(IInbox)))
            {
                services.AddHostedService<InboxReader>();
            }
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
    }

    private static MeasuredCommits Commits(this IServiceProvider provider) => new(
        provider.GetRequiredService<ICommitStore>(), provider.GetRequiredService<TaskMetrics>(),
        provider.GetRequiredService<TimeProvider>());

    /// <summary>The actions after each commit.</summary>
    private static Action<IReadOnlyList<TaskChange>> Committed(this IServiceProvider provider, Roles roles)
    {
        var signals = provider.GetRequiredService<Signals>();
        var logger = provider.GetRequiredService<ILogger<TaskTransitions>>();
        var metrics = provider.GetRequiredService<TaskMetrics>();
        // Only a process that both accepts tasks and runs them claims what it has just stored.
        var fresh = roles.HasFlag(Roles.Api) && roles.HasFlag(Roles.Worker) ? provider.GetRequiredService<FreshTasks>() : null;
        return changes =>
        {
            // The tasks are kept first, because the signals may have a task claimed at once.
            fresh?.Add(changes);
            // A claim brings neither work nor room.
            signals.Committed(
                changes.Any(static change => !change.IsClaim),
                changes.Any(static change => change.Events.Count > 0 || change.Inserts.Count > 0));
            logger.Failures(changes);
            metrics.Committed(changes);
        };
    }
}
