using MassTransit;
using MassTransit.InMemoryTransport;
using MassTransit.InMemoryTransport.Configuration;
using MassTransit.Transports;
using MassTransit.Transports.Fabric;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Messaging;
using TasksBus.Testing.Pacing;

namespace TasksBus.Testing.Messaging;

/// <summary>
/// Knows which messages are under way on the bus in memory. A message that is sent goes to a number of queues, which the exchanges tell.
/// It is under way until each of them has handled it.
/// </summary>
internal sealed class BusTraffic(IServiceProvider services, Activity activity) : IReceiveObserver, ISendObserver, IPublishObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, (int Deliveries, string Type)> _underWay = [];
    private int _inConsumers;
    private IMessageFabric<InMemoryTransportContext, InMemoryTransportMessage>? _fabric;

    /// <summary>True when every message has been handled.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_lock)
            {
                return _underWay.Count == 0;
            }
        }
    }

    /// <summary>
    /// True when a consumer of the user's has a message. It may wait for a task. The consumers of TasksBus do not, and a message that no
    /// consumer has yet may be a cancel.
    /// </summary>
    public bool IsInConsumer => Volatile.Read(ref _inConsumers) > 0;

    /// <summary>The types of the messages that are under way.</summary>
    public IReadOnlyList<string> UnderWay
    {
        get
        {
            lock (_lock)
            {
                return [.. _underWay.Values.Select(static message => message.Type)];
            }
        }
    }

    public Task PreSend<T>(SendContext<T> context)
        where T : class => Sent(context);

    public Task PostSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class => NotSent(context);

    public Task PrePublish<T>(PublishContext<T> context)
        where T : class => Sent(context);

    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class => NotSent(context);

    public Task PreReceive(ReceiveContext context)
    {
        if (!IsOurs(context))
        {
            Interlocked.Increment(ref _inConsumers);
        }

        return Task.CompletedTask;
    }

    public Task PostReceive(ReceiveContext context) => Received(context);

    public Task ReceiveFault(ReceiveContext context, Exception exception) => Received(context);

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Task.CompletedTask;

    private Task Sent<T>(SendContext<T> context)
        where T : class
    {
        // MassTransit calls the observers of both kinds for some messages. What is sent later is no message yet.
        var isFirst = false;
        var counted = context.GetOrAddPayload(() =>
        {
            isFirst = true;
            return new Counted(context.Delay is null && context.DestinationAddress is { } to ? QueuesOf(to) : 0);
        });
        if (isFirst && counted.Deliveries > 0 && context.MessageId is { } id)
        {
            lock (_lock)
            {
                var before = _underWay.GetValueOrDefault(id).Deliveries;
                _underWay[id] = (before + counted.Deliveries, typeof(T).Name);
            }
        }

        return Task.CompletedTask;
    }

    private Task Received(ReceiveContext context)
    {
        if (!IsOurs(context))
        {
            Interlocked.Decrement(ref _inConsumers);
        }

        return Handled(context.GetMessageId(), 1);
    }

    private static bool IsOurs(ReceiveContext context) =>
        QueueName.Of(context.InputAddress).StartsWith("tasksbus.", StringComparison.Ordinal);

    private Task NotSent<T>(SendContext<T> context)
        where T : class =>
        context.TryGetPayload(out Counted? counted) ? Handled(context.MessageId, counted.Deliveries) : Task.CompletedTask;

    private Task Handled(Guid? messageId, int deliveries)
    {
        if (messageId is { } id)
        {
            lock (_lock)
            {
                if (_underWay.TryGetValue(id, out var message))
                {
                    if (message.Deliveries > deliveries)
                    {
                        _underWay[id] = (message.Deliveries - deliveries, message.Type);
                    }
                    else
                    {
                        _underWay.Remove(id);
                    }
                }
            }
        }

        activity.Note();
        return Task.CompletedTask;
    }

    /// <summary>How many queues a message reaches that is sent to an address.</summary>
    private int QueuesOf(Uri address)
    {
        _fabric ??= ((IInMemoryHostConfiguration)services.GetRequiredService<IBusInstance>().HostConfiguration)
            .TransportProvider.MessageFabric;
        var name = Uri.UnescapeDataString(address.AbsolutePath.Split('/')[^1]);
        HashSet<IMessageSink<InMemoryTransportMessage>> seen = [];
        return Count(_fabric.GetExchange(null!, name), seen);
    }

    /// <summary>A queue takes a message once, however many ways lead to it.</summary>
    private static int Count(IMessageSink<InMemoryTransportMessage> sink, HashSet<IMessageSink<InMemoryTransportMessage>> seen) =>
        !seen.Add(sink) ? 0
        : sink is IMessageSource<InMemoryTransportMessage> exchange ? exchange.Sinks.Sum(next => Count(next, seen))
        : 1;

    private sealed record Counted(int Deliveries);
}
