using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>Typed calls.</summary>
public static class TaskPublisherExtensions
{
    /// <summary>Sends a task with a typed input, as <see cref="ITaskPublisher.ScheduleAsync"/> does.</summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="publisher">The publisher.</param>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    /// <param name="options">What else the task has.</param>
    /// <param name="cancellationToken">Stops the call. The task may be sent nevertheless.</param>
    /// <returns>The task's id.</returns>
    /// <exception cref="TaskRefusedException">The task breaks a rule. Nothing is sent.</exception>
    public static Task<TaskId> ScheduleAsync<TInput>(
        this ITaskPublisher publisher, string functionName, TInput input, ScheduleOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        return publisher.ScheduleAsync(publisher.NewTask(functionName, input, options), cancellationToken);
    }
}
