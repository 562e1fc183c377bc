using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Messaging;
using TasksBus.Storage;

namespace TasksBus.RabbitMq;

/// <summary>Sets up MassTransit on RabbitMQ.</summary>
public static class RabbitMqBus
{
    /// <summary>Adds the bus of a cluster. A broker that is away delays only what needs it.</summary>
    /// <param name="address">An amqp:// or amqps:// address with user, password and virtual host.</param>
    /// <param name="roles">What this process does. It decides what is consumed.</param>
    public static void AddRabbitMqBus(this IServiceCollection services, Uri address, Roles roles)
    {
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = false);
        services.AddHostedService<QueueMetrics>();
        services.AddSingleton<ErrorQueues>();
        services.AddSingleton<RabbitMqAnswers>();
        services.AddSingleton<IMessageTransport, RabbitMqTransport>();
        services.AddBus(roles, bus => bus.UsingRabbitMq((context, transport) =>
        {
            transport.Host(address, static host => host.Heartbeat(TimeSpan.FromSeconds(10)));
            transport.DeclareEvents();
            if (roles.HasFlag(Roles.Api))
            {
                var isQuorum = context.IsQuorum();
                transport.AddCommandEndpoints(context, endpoint => endpoint.OnRabbitMq(queue => queue.BeDurable(isQuorum)));
            }
        }));
        services.AddExecuteQueue(static (provider, endpoint) => endpoint.OnRabbitMq(queue =>
        {
            var isQuorum = provider.IsQuorum();
            queue.BeDurable(isQuorum);
            if (!isQuorum)
            {
                queue.EnablePriority(ReleaseWindow.MaxLevel);
            }
        }));
    }

    private static bool IsQuorum(this IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.QuorumQueues;

    /// <summary>
    /// Declares the exchange of each event type, and that of plain events, at the start, so that any service can bind a queue to it.
    /// </summary>
    private static void DeclareEvents(this IRabbitMqBusFactoryConfigurator transport)
    {
        foreach (var type in KeptEvents.All)
        {
            transport.Publish(type, static _ => { });
        }

        transport.Message<OutgoingEvent>(static topology => topology.SetEntityName(TaskEventRouting.Exchange));
        transport.Publish<OutgoingEvent>(static exchange => exchange.ExchangeType = ExchangeType.Topic);
        transport.DeployPublishTopology = true;
    }

    private static void OnRabbitMq(this IReceiveEndpointConfigurator endpoint, Action<IRabbitMqReceiveEndpointConfigurator> configure)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator queue)
        {
            configure(queue);
            queue.ConfigureChannel(static channel => channel.UseFilter(new BrokerReasonFilter()));
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
