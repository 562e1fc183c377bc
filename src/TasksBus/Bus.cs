using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Lifecycle;
using TasksBus.Scheduling;
using TasksBus.Storage;

namespace TasksBus;

/// <summary>The set-up of MassTransit: endpoints, and what is sent over it.</summary>
internal static class Bus
{
    public static void AddInMemoryBus(this IServiceCollection services)
    {
        services.AddSingleton<IReleaseSender, BusReleaseSender>();
        services.AddSingleton<IEventSender, BusEventSender>();
        // What is sent before the queues are there is lost until the dispatcher notices.
        services.Configure<MassTransitHostOptions>(static options => options.WaitUntilStarted = true);
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<ScheduleTaskConsumer>();
            bus.AddConsumer<ScheduleTasksConsumer>();
            bus.AddConsumer<CancelTaskConsumer>();
            bus.AddConsumer<ExecuteConsumer>();
            bus.UsingInMemory((context, transport) =>
            {
                Endpoint<ScheduleTaskConsumer>(context, transport, Queues.ScheduleTask, concurrency: 256);
                Endpoint<ScheduleTasksConsumer>(context, transport, Queues.ScheduleTasks, concurrency: 4);
                Endpoint<CancelTaskConsumer>(context, transport, Queues.CancelTask, concurrency: 64);
                // Several deliveries wait for slots at once: a claim of one must not hold up the next.
                Endpoint<ExecuteConsumer>(context, transport, Queues.Execute(TaskRecord.DefaultPool), concurrency: 8);
            });
        });
    }

    private static void Endpoint<T>(IBusRegistrationContext context, IInMemoryBusFactoryConfigurator transport, string queue, int concurrency)
        where T : class, IConsumer =>
        transport.ReceiveEndpoint(queue, endpoint =>
        {
            (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (concurrency, concurrency);
            endpoint.ConfigureConsumer<T>(context);
        });

    private sealed class BusReleaseSender(IBus bus) : IReleaseSender
    {
        // The transport in memory has no priorities: its order is the dispatcher's, and the level means nothing.
        public async Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken)
        {
            var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{Queues.Execute(pool)}"));
            await endpoint.Send(new ExecuteTasks([.. ids.Select(static id => id.ToString())]), cancellationToken);
        }
    }

    private sealed class BusEventSender(IBus bus) : IEventSender
    {
        private static readonly Dictionary<string, Type> s_types = KeptEvents.All.ToDictionary(static type => type.Name);

        public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
        {
            var type = s_types[outgoing.Type];
            var message = JsonSerializer.Deserialize(outgoing.Body, type, JsonSerializerOptions.Web)!;
            return bus.Publish(message, type, Pipe.Execute<PublishContext>(context => context.MessageId = outgoing.MessageId), cancellationToken);
        }
    }
}
