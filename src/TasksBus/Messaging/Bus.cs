using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;

namespace TasksBus.Messaging;

/// <summary>Sets up MassTransit on any transport: its endpoints, and what is sent over it.</summary>
public static class Bus
{
    /// <summary>Adds the bus of a single process.</summary>
    public static void AddInMemoryBus(this IServiceCollection services)
    {
        // What is sent before the queues exist is lost until the dispatcher notices.
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = true);
        services.AddBus(Roles.All, static bus =>
            bus.UsingInMemory(static (context, transport) => transport.AddCommandEndpoints(context, static _ => { })));
        services.AddSingleton<IMessageTransport, InMemoryTransport>();
        services.AddExecuteQueue(static (_, _) => { });
    }

    /// <summary>Adds the execute queue of a worker.</summary>
    /// <param name="configure">Configures what the transport needs on the queue.</param>
    public static void AddExecuteQueue(
        this IServiceCollection services, Action<IServiceProvider, IReceiveEndpointConfigurator> configure) =>
        services.AddSingleton<IExecuteQueue>(provider => new ExecuteQueue(
            provider.GetRequiredService<IReceiveEndpointConnector>(), provider.GetRequiredService<IMessageTransport>(),
            provider.GetRequiredService<PutAside>(), endpoint => configure(provider, endpoint)));

    /// <summary>Adds MassTransit with the messages that a process of these roles sends and consumes.</summary>
    /// <param name="use">Chooses the transport. The caller must also add its <see cref="IMessageTransport"/>.</param>
    public static void AddBus(this IServiceCollection services, Roles roles, Action<IBusRegistrationConfigurator> use)
    {
        services.AddSingleton<IReleaseSender, BusReleaseSender>();
        services.AddSingleton<IEventSender, BusEventSender>();
        services.AddSingleton<Answers>();
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

    /// <summary>Consumes commands from their queues.</summary>
    /// <param name="configure">Configures what the transport needs on each queue.</param>
    public static void AddCommandEndpoints(
        this IReceiveConfigurator transport, IBusRegistrationContext context, Action<IReceiveEndpointConfigurator> configure)
    {
        var (aside, of) = (context.GetRequiredService<PutAside>(), context.GetRequiredService<IMessageTransport>());
        Endpoint<ScheduleTaskConsumer, ScheduleTask>(Queues.ScheduleTask, 256, Commands.ReadScheduleTask, """{"functionName":"hello"}""");
        Endpoint<ScheduleTasksConsumer, ScheduleTasks>(
            Queues.ScheduleTasks, 4, Commands.ReadScheduleTasks, """{"tasks":[{"functionName":"hello"}]}""");
        Endpoint<CancelTaskConsumer, CancelTask>(
            Queues.CancelTask, 64, Commands.ReadCancelTask, """{"taskId":"507f1f77bcf86cd799439011"}""");

        void Endpoint<T, TCommand>(string queue, int concurrency, ReadMessage<TCommand> read, string example)
            where T : class, IConsumer
            where TCommand : class =>
            transport.ReceiveEndpoint(queue, endpoint =>
            {
                (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (concurrency, concurrency);
                endpoint.Take(of, read, example);
                endpoint.PutAside(aside);
                configure(endpoint);
                endpoint.ConfigureConsumer<T>(context);
            });
    }
}
