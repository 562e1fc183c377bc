using MassTransit;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;

namespace TasksBus.Messaging;

internal sealed class BusReleaseSender(IBus bus, IMessageTransport transport) : IReleaseSender
{
    public async Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken)
    {
        // The message is sent to the exchange. Sending to the queue would declare it again, without its priorities.
        var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{Queues.Execute(pool)}"));
        ExecuteTasks message = new([.. ids.Select(static id => id.ToString())]);
        var pipe = Pipe.Execute<SendContext>(context =>
        {
            // The database knows what is released, and a message that the broker loses is released again. So the message need not be on
            // disk.
            context.Durable = false;
            transport.SetPriority(context, level);
        });
        await Confirms.InTimeAsync(token => endpoint.Send(message, pipe, token), cancellationToken);
    }
}
