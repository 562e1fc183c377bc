using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Hosting;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Testing.Functions;
using TasksBus.Testing.Lifecycle;
using TasksBus.Testing.Messaging;
using TasksBus.Testing.Pacing;
using TasksBus.Worker;
using TasksBus.Worker.Hosting;
using TasksBus.Worker.Logs;

namespace TasksBus.Testing;

/// <summary>Adds the harness to a test's container.</summary>
public static class TasksBusTestHarnessExtensions
{
    /// <summary>
    /// Adds the whole service in memory, on top of MassTransit's test harness. If the application has configured MassTransit, its consumers
    /// stay and its transport is replaced. If it has a worker, the worker does not start, and its functions run in the harness. The clock
    /// of the harness becomes the container's <see cref="TimeProvider"/>.
    /// </summary>
    /// <param name="configure">Adds functions, and sets what differs from the defaults. It is called once for each container that is
    /// built.</param>
    /// <param name="configureBus">Adds consumers of the test. It must not choose a transport.</param>
    public static IServiceCollection AddTasksBusTestHarness(
        this IServiceCollection services, Action<TasksBusTestHarnessOptions>? configure = null,
        Action<IBusRegistrationConfigurator>? configureBus = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(provider =>
        {
            TasksBusTestHarnessOptions options = new();
            configure?.Invoke(options);
            foreach (var functions in provider.GetServices<TaskFunctions>())
            {
                options.AddFunctions(functions);
            }

            return options;
        });
        services.AddClockAndFunctions();
        services.AddMemoryStorage(static () => new TaskSaga());
        services.AddPacedEngine(bus => bus.AddTestBus(configureBus));
        services.AddSchedules();
        services.AddTriggers();
        services.AddSingleton<Pacer>();
        services.AddSingleton<TasksBusTestHarness>();
        return services.AddHostedService<PacerService>();
    }

    /// <summary>The harness of a container.</summary>
    public static TasksBusTestHarness GetTasksBusTestHarness(this IServiceProvider services) =>
        services.GetRequiredService<TasksBusTestHarness>();

    private static void AddClockAndFunctions(this IServiceCollection services)
    {
        services.AddSingleton(static provider => new TestClock(provider.GetRequiredService<TasksBusTestHarnessOptions>().Start));
        services.RemoveAll<TimeProvider>();
        services.AddSingleton<TimeProvider>(static provider => provider.GetRequiredService<TestClock>());
        services.AddSingleton(
            static provider => Options.Create(provider.GetRequiredService<TasksBusTestHarnessOptions>().ServerOptions()));
        services.TryAddSingleton<IHostApplicationLifetime, NoHost>();
        services.AddSingleton<Activity>();
        services.AddSingleton<TestInvoker>();
        services.AddSingleton<IFunctionInvoker>(static provider => provider.GetRequiredService<TestInvoker>());
        services.AddSingleton<ManagedTestFunctions>();
        services.AddSingleton<NoWorkers>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoggerProvider, TaskLogProvider>());
        services.AddHostedService<FunctionSetup>();
    }

    private static void AddTestBus(this IServiceCollection services, Action<IBusRegistrationConfigurator>? configureBus)
    {
        // A cancel that overtakes its task comes from the same process, so its task is a moment away.
        services.AddSingleton(new OvertakingPatience(TimeSpan.FromMilliseconds(200), TimeProvider.System));
        services.AddBusParts();
        services.AddSingleton<TestTransport>();
        services.AddSingleton<IMessageTransport>(static provider => provider.GetRequiredService<TestTransport>());
        services.AddExecuteQueue(static (_, _) => { });
        services.AddSingleton<BusTraffic>();
        services.AddReceiveObserver(static provider => provider.GetRequiredService<BusTraffic>());
        services.AddSendObserver(static provider => provider.GetRequiredService<BusTraffic>());
        services.AddPublishObserver(static provider => provider.GetRequiredService<BusTraffic>());
        services.AddMassTransitTestHarness(TextWriter.Null, bus =>
        {
            bus.AddTaskConsumers(Roles.All);
            configureBus?.Invoke(bus);
            bus.SetBusFactory(new MemoryBusFactory());
        });
        // These come last, because MassTransit's harness removes the repositories of sagas that were registered before.
        services.AddSagaStateMachineContainerTestHarness<TaskLifecycle, TaskSaga>();
        services.AddSingleton<TaskSagaQueries>();
        services.AddSingleton<IQuerySagaRepository<TaskSaga>>(static provider => provider.GetRequiredService<TaskSagaQueries>());
        services.AddSingleton<ILoadSagaRepository<TaskSaga>>(static provider => provider.GetRequiredService<TaskSagaQueries>());
    }
}
