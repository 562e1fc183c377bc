using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Scheduling;

/// <summary>A command that the rules refuse: it goes to the error queue with this reason.</summary>
public sealed class CommandRefusedException(Refusal refusal) : Exception($"{refusal.Code.Name} ({refusal.Code.Code}): {refusal.Message}")
{
    public Refusal Refusal => refusal;
}

public sealed class ScheduleTaskConsumer(Intake intake, TimeProvider clock, ILogger<ScheduleTaskConsumer> logger) : IConsumer<ScheduleTask>
{
    public async Task Consume(ConsumeContext<ScheduleTask> context)
    {
        var task = context.Message;
        if (ScheduleRules.Check(task) is { } refusal)
        {
            throw new CommandRefusedException(refusal);
        }

        var id = CommandIds.Of(task, CommandIds.OfMessage(context));
        await Patience.UntilStoredAsync(() => intake.ScheduleAsync(id, task), nameof(ScheduleTask), clock, logger, context.CancellationToken);
    }
}

public sealed class ScheduleTasksConsumer(Intake intake, TimeProvider clock, ILogger<ScheduleTasksConsumer> logger) : IConsumer<ScheduleTasks>
{
    public async Task Consume(ConsumeContext<ScheduleTasks> context)
    {
        var tasks = context.Message.Tasks ?? [];
        if (tasks.Count is 0 or > ScheduleRules.MaxTasksAtOnce)
        {
            throw new CommandRefusedException(new(ErrorCode.FieldFormat, $"tasks: from 1 to {ScheduleRules.MaxTasksAtOnce} in one message; got {tasks.Count}."));
        }

        for (var i = 0; i < tasks.Count; i++)
        {
            // A list in JSON may hold null, whatever its type says here.
            if (tasks[i] is not { } task)
            {
                throw new CommandRefusedException(new(ErrorCode.FieldFormat, $"tasks[{i}] must be a task; got null."));
            }

            if (ScheduleRules.Check(task) is { } refusal)
            {
                throw new CommandRefusedException(refusal with { Message = $"tasks[{i}]: {refusal.Message}" });
            }
        }

        var ofMessage = CommandIds.OfMessage(context);
        // Each is stored by its own id: a delivery that is cut short is delivered again and stores what is missing.
        await Patience.UntilStoredAsync(
            () => Task.WhenAll(tasks.Select((task, i) => intake.ScheduleAsync(CommandIds.Of(task, ofMessage?.InMessage(i)), task))),
            nameof(ScheduleTasks), clock, logger, context.CancellationToken);
    }
}

public sealed class CancelTaskConsumer(Intake intake, TimeProvider clock, ILogger<CancelTaskConsumer> logger) : IConsumer<CancelTask>
{
    /// <summary>A cancel may overtake the command that makes its task, so an unknown task is looked for this long.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public async Task Consume(ConsumeContext<CancelTask> context)
    {
        if (!TaskId.TryParse(context.Message.TaskId, out var id))
        {
            throw new CommandRefusedException(new(ErrorCode.IdFormat, "taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011."));
        }

        var (asked, backoff) = (clock.GetTimestamp(), new Backoff(clock));
        TaskRecord? task;
        while (true)
        {
            (_, task) = await Patience.UntilStoredAsync(() => intake.CancelAsync(id), nameof(CancelTask), clock, logger, context.CancellationToken);
            if (task is not null || clock.GetElapsedTime(asked) >= s_patience)
            {
                break;
            }

            await backoff.WaitAsync(context.CancellationToken);
        }

        if (task is null)
        {
            logger.CancelOfUnknownTask(id);
        }

        if (context.ResponseAddress is not null)
        {
            await context.RespondAsync(new CancelTaskResult(id.ToString(), task?.Status == TaskStates.Canceled, task?.Status));
        }
    }
}

internal static class CommandIds
{
    /// <summary>The id that the message gives its first task.</summary>
    public static TaskId? OfMessage(ConsumeContext context) => context.MessageId is { } id ? TaskId.FromMessage(id) : null;

    public static TaskId Of(ScheduleTask task, TaskId? ofMessage) =>
        task.TaskId is { } chosen ? TaskId.Parse(chosen)
        : ofMessage
        ?? throw new CommandRefusedException(new(ErrorCode.MissingRequiredFields,
            "taskId or a message id is required: without one, a second delivery would make a second task."));
}

internal static class Patience
{
    /// <summary>An unreachable database never faults a delivery: it is kept, and tried until the server stops.</summary>
    public static Task<T> UntilStoredAsync<T>(Func<Task<T>> step, string message, TimeProvider clock, ILogger logger, CancellationToken cancellationToken) =>
        Backoff.RetryAsync<T, StoreUnavailableException>(clock, step, exception => logger.IntakeWaits(message, exception), cancellationToken);
}
