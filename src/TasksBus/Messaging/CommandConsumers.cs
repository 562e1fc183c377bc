using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Messaging;

internal sealed class ScheduleTaskConsumer(TaskIntake intake, Answers answers, TimeProvider clock, ILogger<ScheduleTaskConsumer> logger)
    : IConsumer<ScheduleTask>
{
    public async Task Consume(ConsumeContext<ScheduleTask> context)
    {
        var (task, delivery) = (context.Message, context.GetPayload<Delivery>());
        var id = delivery.Ids.Of(task);
        using var span = TaskTraces.Receive(nameof(ScheduleTask), context.ReceiveContext.InputAddress, delivery.TraceParent);
        await Patience.UntilStoredAsync(
            () => intake.ScheduleAsync(id, task), nameof(ScheduleTask), clock, logger, context.CancellationToken);
        await answers.SendAsync(context, new ScheduleTaskResult(id.ToString()));
    }
}

internal sealed class ScheduleTasksConsumer(TaskIntake intake, Answers answers, TimeProvider clock, ILogger<ScheduleTasksConsumer> logger)
    : IConsumer<ScheduleTasks>
{
    public async Task Consume(ConsumeContext<ScheduleTasks> context)
    {
        var (tasks, delivery) = (context.Message.Tasks, context.GetPayload<Delivery>());
        TaskId[] ids = [.. tasks.Select((task, i) => delivery.Ids.Of(task, i))];
        using var span = TaskTraces.Receive(nameof(ScheduleTasks), context.ReceiveContext.InputAddress, delivery.TraceParent);
        await Patience.UntilStoredAsync(
            () => intake.ScheduleAllAsync(ids, tasks), nameof(ScheduleTasks), clock, logger, context.CancellationToken);
        await answers.SendAsync(context, new ScheduleTasksResult([.. ids.Select(static id => id.ToString())]));
    }
}

internal sealed class CancelTaskConsumer(
    TaskIntake intake, Answers answers, OvertakingPatience patience, TimeProvider clock, ILogger<CancelTaskConsumer> logger)
    : IConsumer<CancelTask>
{
    public async Task Consume(ConsumeContext<CancelTask> context)
    {
        var id = TaskId.Parse(context.Message.TaskId);
        var (asked, backoff) = (patience.Clock.GetTimestamp(), new Backoff(patience.Clock));
        TaskRecord? task;
        while (true)
        {
            (_, task) = await Patience.UntilStoredAsync(
                () => intake.CancelAsync(id), nameof(CancelTask), clock, logger, context.CancellationToken);
            if (task is not null || patience.Clock.GetElapsedTime(asked) >= patience.Longest)
            {
                break;
            }

            await backoff.WaitAsync(context.CancellationToken);
        }

        if (task is null)
        {
            logger.CancelOfUnknownTask(id);
        }

        await answers.SendAsync(context, new CancelTaskResult(id.ToString(), task?.Status == TaskStates.Canceled, task?.Status));
    }
}

internal sealed class GetTaskConsumer(ITaskReader tasks, Answers answers) : IConsumer<GetTask>
{
    public async Task Consume(ConsumeContext<GetTask> context)
    {
        var id = TaskId.Parse(context.Message.TaskId);
        try
        {
            var task = await tasks.FindAsync(id, context.CancellationToken);
            await answers.SendAsync(context, new GetTaskResult(id.ToString(), task?.ToSnapshot()));
        }
        catch (StoreUnavailableException)
        {
            // Who reads asks again. Nothing is lost, so nothing is kept for later or put aside.
            await answers.SendAsync(context, new Refusal(
                ErrorCode.ServiceUnreachable, "The database cannot be reached now. Ask again in a moment."));
        }
    }
}

/// <summary>A cancel may overtake the command that makes its task, so an unknown task is looked for this long.</summary>
internal sealed record OvertakingPatience(TimeSpan Longest, TimeProvider Clock);

internal static class Patience
{
    /// <summary>An unreachable database never faults a delivery. The delivery is kept, and tried until the server stops.</summary>
    public static Task<T> UntilStoredAsync<T>(
        Func<Task<T>> step, string message, TimeProvider clock, ILogger logger, CancellationToken cancellationToken) =>
        Backoff.RetryAsync<T, StoreUnavailableException>(
            clock, step, exception => logger.IntakeWaits(message, exception), cancellationToken);
}
