using System.Collections.Concurrent;
using MassTransit;

namespace TasksBus.UnitTests.Lifecycle;

/// <summary>Sends to the endpoint of the saga, and waits until the delivery is over.</summary>
internal sealed class Deliveries : IReceiveObserver, IConsumeObserver
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = [];
    private readonly ConcurrentDictionary<Guid, Exception> _faults = [];

    public async Task SendAsync(IBus bus, object message, Guid messageId)
    {
        var done = _waiting[messageId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var endpoint = await bus.GetSendEndpoint(new Uri("queue:life-of-a-task"));
        await endpoint.Send(message, message.GetType(), Pipe.Execute<SendContext>(context => context.MessageId = messageId));
        await done.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }

    public Task PostReceive(ReceiveContext context)
    {
        var id = context.GetMessageId();
        if (id is { } messageId && _waiting.TryGetValue(messageId, out var done))
        {
            if (_faults.TryGetValue(messageId, out var fault))
            {
                done.TrySetException(fault);
            }
            else
            {
                done.TrySetResult();
            }
        }

        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
        where T : class => Fault(context.MessageId, exception);

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Fault(context.MessageId, exception);

    public Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        Fault(context.GetMessageId(), exception);
        return PostReceive(context);
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task PreConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    private Task Fault(Guid? messageId, Exception exception)
    {
        if (messageId is { } id)
        {
            _faults[id] = exception;
        }

        return Task.CompletedTask;
    }
}
