using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Lifecycle;
using TasksBus.Scheduling;

namespace TasksBus.Messaging;

/// <summary>The set-up of MassTransit: endpoints, and what is sent over it.</summary>
internal static class Bus
{
    /// <summary>The bus of a single process.</summary>
    public static void AddInMemoryBus(this IServiceCollection services)
    {
        // What is sent before the queues are there is lost until the dispatcher notices.
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = true);
        services.AddBus(Roles.All, static bus => bus.UsingInMemory(static (context, transport) => transport.AddCommandEndpoints(context, static (_, _) => { })));
        services.AddSingleton<IExecuteEndpoint>(static provider =>
            new ExecuteEndpoint(provider.GetRequiredService<IReceiveEndpointConnector>(), provider.GetRequiredService<PutAside>(), static (_, _) => { }));
    }

    /// <summary>The bus of a cluster. A broker that is away holds up nothing but what needs it.</summary>
    public static void AddRabbitMqBus(this IServiceCollection services, Uri address, Roles roles)
    {
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = false);
        services.AddBus(roles, bus => bus.UsingRabbitMq((context, transport) =>
        {
            transport.Host(address, static host => host.Heartbeat(TimeSpan.FromSeconds(10)));
            transport.DeclareEvents();
            if (roles.HasFlag(Roles.Api))
            {
                var isQuorum = context.GetRequiredService<IOptions<TasksBusOptions>>().Value.QuorumQueues;
                transport.AddCommandEndpoints(context, (endpoint, _) => endpoint.OnRabbitMq(queue => queue.BeDurable(isQuorum)));
            }
        }));
        services.AddSingleton<IExecuteEndpoint>(static provider =>
        {
            var isQuorum = provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.QuorumQueues;
            return new ExecuteEndpoint(provider.GetRequiredService<IReceiveEndpointConnector>(), provider.GetRequiredService<PutAside>(), (endpoint, _) => endpoint.OnRabbitMq(queue =>
            {
                queue.BeDurable(isQuorum);
                if (!isQuorum)
                {
                    queue.EnablePriority(ReleaseWindow.MaxLevel);
                }
            }));
        });
    }

    private static void AddBus(this IServiceCollection services, Roles roles, Action<IBusRegistrationConfigurator> use)
    {
        services.AddSingleton<IReleaseSender, BusReleaseSender>();
        services.AddSingleton<IEventSender, BusEventSender>();
        services.AddSingleton<Answers>();
        services.AddSingleton<ErrorQueues>();
        services.AddSingleton<PutAside>();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            if (roles.HasFlag(Roles.Api))
            {
                bus.AddConsumer<ScheduleTaskConsumer>();
                bus.AddConsumer<ScheduleTasksConsumer>();
                bus.AddConsumer<CancelTaskConsumer>();
            }

            if (roles.HasFlag(Roles.Worker))
            {
                bus.AddConsumer<ExecuteConsumer>();
            }

            use(bus);
        });
    }

    private static void AddCommandEndpoints(
        this IReceiveConfigurator transport, IBusRegistrationContext context, Action<IReceiveEndpointConfigurator, string> configure)
    {
        var aside = context.GetRequiredService<PutAside>();
        Endpoint<ScheduleTaskConsumer, ScheduleTask>(Queues.ScheduleTask, 256, Commands.ReadScheduleTask, """{"functionName":"hello"}""");
        Endpoint<ScheduleTasksConsumer, ScheduleTasks>(Queues.ScheduleTasks, 4, Commands.ReadScheduleTasks, """{"tasks":[{"functionName":"hello"}]}""");
        Endpoint<CancelTaskConsumer, CancelTask>(Queues.CancelTask, 64, Commands.ReadCancelTask, """{"taskId":"507f1f77bcf86cd799439011"}""");

        void Endpoint<T, TCommand>(string queue, int concurrency, ReadMessage<TCommand> read, string example)
            where T : class, IConsumer
            where TCommand : class =>
            transport.ReceiveEndpoint(queue, endpoint =>
            {
                (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (concurrency, concurrency);
                endpoint.Take(read, example);
                endpoint.PutAside(aside);
                configure(endpoint, queue);
                endpoint.ConfigureConsumer<T>(context);
            });
    }

    /// <summary>The exchange of each event type is there from the start, for any service to bind a queue to.</summary>
    private static void DeclareEvents(this IRabbitMqBusFactoryConfigurator transport)
    {
        foreach (var type in KeptEvents.All)
        {
            transport.Publish(type, static _ => { });
        }

        transport.DeployPublishTopology = true;
    }

    private static void OnRabbitMq(this IReceiveEndpointConfigurator endpoint, Action<IRabbitMqReceiveEndpointConfigurator> configure)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
        {
            configure(queue);
        }
    }

    private static void BeDurable(this IRabbitMqReceiveEndpointConfigurator queue, bool isQuorum)
    {
        queue.Durable = true;
        if (isQuorum)
        {
            queue.SetQuorumQueue();
        }
    }
}
