using MassTransit;
using TasksBus.Contracts;
using TasksBus.Dispatch;

namespace TasksBus.Execution;

/// <summary>
/// Takes released tasks off the execute queue. The delivery is acknowledged once its claims are committed; tasks without a slot here are
/// handed back at once.
/// </summary>
public sealed class ExecuteConsumer(Worker worker, IReleaseSender sender) : IConsumer<ExecuteTasks>
{
    public async Task Consume(ConsumeContext<ExecuteTasks> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var rest = await worker.TakeAsync([.. context.Message.TaskIds.Select(TaskId.Parse)]);
            if (rest.Count > 0)
            {
                await sender.SendAsync(worker.Pool, rest, level: 0, context.CancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // This worker is stopping. The tasks are still new in the database, and are released again.
        }
    }
}
