using MassTransit;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;

namespace TasksBus.Messaging;

internal sealed class BusReleaseSender(IBus bus) : IReleaseSender
{
    /// <summary>A broker that takes longer does not confirm: the dispatcher tries again when it does.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public async Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            // To the exchange: to send to the queue would declare it again, without its priorities.
            var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{Queues.Execute(pool)}"));
            await endpoint.Send(new ExecuteTasks([.. ids.Select(static id => id.ToString())]), Pipe.Execute<SendContext>(context =>
            {
                // The database knows what is released: a message that the broker loses is released again, so it need not be on disk.
                context.Durable = false;
                context.TrySetPriority(level);
            }), patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The broker did not take a message within {s_patience.TotalSeconds:0} seconds.");
        }
    }
}
