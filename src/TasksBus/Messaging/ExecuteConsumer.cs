using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Execution;

namespace TasksBus.Messaging;

/// <summary>
/// Consumes released tasks from the execute queue. The delivery is acknowledged once its claims are committed. Tasks without a slot here
/// are handed back at once, on the level on which they came.
/// </summary>
internal sealed class ExecuteConsumer(Worker worker, IReleaseSender sender, IMessageTransport transport, ILogger<ExecuteConsumer> logger)
    : IConsumer<ExecuteTasks>
{
    public async Task Consume(ConsumeContext<ExecuteTasks> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var rest = await worker.TakeAsync([.. context.Message.TaskIds.Select(TaskId.Parse)]);
            if (rest.Count > 0)
            {
                var level = transport.PropertiesOf(context.ReceiveContext)?.Priority ?? 0;
                await sender.SendAsync(worker.Pool, rest, level, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // This worker is stopping. The tasks are still new in the database, and are released again.
        }
        catch (BrokerUnavailableException exception)
        {
            // What could not be handed back is released again too.
            logger.NotHandedBack(exception);
        }
    }
}
