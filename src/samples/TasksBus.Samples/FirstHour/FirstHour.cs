using MassTransit;
using TasksBus.Client.MassTransit;
using TasksBus.Contracts;
using TasksBus.Worker;

namespace TasksBus.Samples.FirstHour;

public sealed record Mail(string To, string Text);

public sealed record Picture(string Path);

public sealed record Thumbnail(string Path);

/// <summary>What one does with Hangfire in the first hour, here.</summary>
public sealed class Jobs(ITaskPublisher tasks, TimeProvider time)
{
    /// <summary>Hangfire: <c>BackgroundJob.Enqueue(() => mail.Send(...))</c>.</summary>
    public Task<TaskId> EnqueueAsync(Mail mail) => tasks.ScheduleAsync("send-mail", mail);

    /// <summary>Hangfire: <c>BackgroundJob.Schedule(() => mail.Send(...), delay)</c>.</summary>
    public Task<TaskId> ScheduleAsync(Mail mail, TimeSpan delay) =>
        tasks.ScheduleAsync("send-mail", mail, new() { StartTimestamp = time.GetUtcNow() + delay });

    /// <summary>Hangfire: a queue named <c>critical</c>, listed first. Here it is a number: the higher, the earlier.</summary>
    public Task<TaskId> EnqueueUrgentAsync(Mail mail) => tasks.ScheduleAsync("send-mail", mail, new() { Priority = 10 });

    /// <summary>Hangfire: <c>BackgroundJob.Delete(id)</c>.</summary>
    public Task DeleteAsync(TaskId id) => tasks.CancelAsync(id);

    /// <summary>Hangfire has no such call: the same job once, however often this is called.</summary>
    public Task<TaskId> EnqueueOnceAsync(Mail mail, string key) => tasks.ScheduleAsync("send-mail", mail, new() { IdempotencyKey = key });

    /// <summary>Hangfire: <c>BackgroundJob.Enqueue(() => pictures.Shrink(...))</c>, to be continued below.</summary>
    public Task<TaskId> ShrinkAsync(Picture picture, string owner) =>
        tasks.ScheduleAsync("shrink", picture, new() { Publisher = "gallery", Reference = owner });
}

/// <summary>Hangfire: <c>BackgroundJob.ContinueJobWith(id, () => mail.Send(...))</c>. The result of the first job is at hand.</summary>
public sealed class ShrinkEnded(ITaskPublisher tasks) : IConsumer<TaskCompleted>, IConsumer<TaskFailed>
{
    public async Task Consume(ConsumeContext<TaskCompleted> context)
    {
        if (context.Message is { FunctionName: "shrink", Reference: { } owner })
        {
            // The id of the first task is the key, because an event may come twice.
            await tasks.ScheduleAsync(
                "send-mail", new Mail(owner, "Your picture is ready."), new() { IdempotencyKey = $"ready {context.Message.TaskId}" });
        }
    }

    public async Task Consume(ConsumeContext<TaskFailed> context)
    {
        if (context.Message is { FunctionName: "shrink", Reference: { } owner })
        {
            await tasks.ScheduleAsync(
                "send-mail", new Mail(owner, $"Your picture could not be read: {context.Message.Error.Message}"),
                new() { IdempotencyKey = $"failed {context.Message.TaskId}" });
        }
    }
}

/// <summary>Hangfire: a class whose methods are jobs. Here each job is a function with a name, so that its class may be renamed.</summary>
public static class JobFunctions
{
    public static void Register(TaskFunctions functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        functions.AddFunction<SendMail>("send-mail");
        functions.AddFunction<Picture, Thumbnail>(
            "shrink", static (picture, _, _) => picture.Path.EndsWith(".png", StringComparison.Ordinal)
                ? Task.FromResult(new Thumbnail($"{picture.Path}.small"))
                : throw new FunctionErrorException("NoPicture", $"{picture.Path} is no picture."));
    }
}

public interface IMailServer
{
    Task SendAsync(Mail mail, CancellationToken cancellationToken);
}

public sealed class SendMail(IMailServer server) : ITaskFunction<Mail>
{
    public Task RunAsync(Mail input, TaskContext task, CancellationToken cancellationToken) => server.SendAsync(input, cancellationToken);
}
