using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.AddBusParts();
        services.AddMassTransit(bus =>
        {
            bus.AddTaskConsumers(roles);
            use(bus);
        });
    }

    /// <summary>Adds what the engine sends and answers with, on a bus that the caller adds.</summary>
    internal static void AddBusParts(this IServiceCollection services)
    {
        services.AddSingleton<IReleaseSender, BusReleaseSender>();
        services.AddSingleton<IEventSender, BusEventSender>();
        services.AddSingleton<Answers>();
        services.AddSingleton<PutAside>();
        services.TryAddSingleton(
            static provider => new OvertakingPatience(TimeSpan.FromSeconds(3), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>
    /// Adds the consumers of a process of these roles. MassTransit makes no endpoints for them by itself, because ours have queues of their
    /// own.
    /// </summary>
    internal static void AddTaskConsumers(this IBusRegistrationConfigurator bus, Roles roles)
    {
        bus.DisableUsageTelemetry();
        if (roles.HasFlag(Roles.Api))
        {
            bus.AddConsumer<ScheduleTaskConsumer>().ExcludeFromConfigureEndpoints();
            bus.AddConsumer<ScheduleTasksConsumer>().ExcludeFromConfigureEndpoints();
            bus.AddConsumer<CancelTaskConsumer>().ExcludeFromConfigureEndpoints();
            bus.AddConsumer<GetTaskConsumer>().ExcludeFromConfigureEndpoints();
            bus.AddConsumer<EventOccurredConsumer>().ExcludeFromConfigureEndpoints();
            bus.AddConsumer<DocumentTransitionedConsumer>().ExcludeFromConfigureEndpoints();
        }

        if (roles.HasFlag(Roles.Worker))
        {
            bus.AddConsumer<ExecuteConsumer>().ExcludeFromConfigureEndpoints();
        }
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
        Endpoint<GetTaskConsumer, GetTask>(
            Queues.GetTask, 64, Commands.ReadGetTask, """{"taskId":"507f1f77bcf86cd799439011"}""");

        Endpoint<EventOccurredConsumer, EventOccurred>(
            Queues.EventOccurred, 64, Commands.ReadEventOccurred, """{"type":"user_deleted","content":{"id":5}}""");
        Endpoint<DocumentTransitionedConsumer, DocumentTransitioned>(
            Queues.DocumentTransitioned, 64, Commands.ReadDocumentTransitioned,
            """{"schemaId":"orders","documentId":"5","actions":[{"type":"task","functionName":"hello"}]}""");

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
