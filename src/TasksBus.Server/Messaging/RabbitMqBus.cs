using MassTransit;
using Microsoft.Extensions.Options;
using TasksBus.Dispatch;
using TasksBus.Messaging;

namespace TasksBus.Server.Messaging;

/// <summary>The set-up of MassTransit on RabbitMQ.</summary>
internal static class RabbitMqBus
{
    /// <summary>The bus of a cluster. A broker that is away holds up nothing but what needs it.</summary>
    public static void AddRabbitMqBus(this IServiceCollection services, Uri address, Roles roles)
    {
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = false);
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
        services.AddExecuteEndpoint(static (provider, endpoint) => endpoint.OnRabbitMq(queue =>
        {
            var isQuorum = provider.IsQuorum();
            queue.BeDurable(isQuorum);
            if (!isQuorum)
            {
                queue.EnablePriority(ReleaseWindow.MaxLevel);
            }
        }));
    }

    private static bool IsQuorum(this IServiceProvider provider) => provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.QuorumQueues;

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
