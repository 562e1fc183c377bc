using System.Collections.Concurrent;
using MassTransit;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Another service with a bus of its own, which receives every event, one after the other.</summary>
internal sealed class OtherService : IAsyncDisposable
{
    private readonly ConcurrentQueue<HeardEvent> _events = [];

    private OtherService(Uri broker) => Bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(transport =>
    {
        transport.Host(broker);
        transport.ReceiveEndpoint("other-service", endpoint =>
        {
            endpoint.ConcurrentMessageLimit = 1;
            Hear<TaskScheduled>(endpoint, static message => message.TaskId);
            Hear<TaskStarted>(endpoint, static message => message.TaskId);
            Hear<TaskCompleted>(endpoint, static message => message.TaskId);
            Hear<TaskFailed>(endpoint, static message => message.TaskId);
            Hear<TaskCanceled>(endpoint, static message => message.TaskId);
            Hear<TaskRetried>(endpoint, static message => message.TaskId);
        });
    });

    public IBusControl Bus { get; }

    /// <summary>The events that it received, in order.</summary>
    public IReadOnlyCollection<HeardEvent> Events => _events;

    public static async Task<OtherService> StartAsync(TestBroker broker)
    {
        OtherService service = new(broker.Address);
        await service.Bus.StartAsync();
        return service;
    }

    /// <summary>The names of a task's events, in their order, once there are as many as expected.</summary>
    public async Task<IReadOnlyList<string>> HearsAsync(TaskId id, int expected = 1)
    {
        await Eventually.TrueAsync(() => Of(id).Count >= expected, $"{expected} events of task {id} arrive");
        return Of(id);
    }

    public IReadOnlyList<string> Of(TaskId id) => [.. _events.Where(one => one.Id == id).Select(static one => one.Type)];

    public async ValueTask DisposeAsync() => await Bus.StopAsync();

    private void Hear<T>(IReceiveEndpointConfigurator endpoint, Func<T, string> id)
        where T : class =>
        endpoint.Handler<T>(context =>
        {
            _events.Enqueue(new(typeof(T).Name, TaskId.Parse(id(context.Message)), context.MessageId!.Value));
            return Task.CompletedTask;
        });
}

internal sealed record HeardEvent(string Type, TaskId Id, Guid MessageId);
