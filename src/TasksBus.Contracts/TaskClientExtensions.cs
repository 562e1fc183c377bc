namespace TasksBus.Contracts;

/// <summary>Typed calls.</summary>
public static class TaskClientExtensions
{
    /// <summary>Schedules a task with a typed input, as <see cref="ITaskClient.ScheduleAsync"/> does.</summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    /// <param name="options">What else the task has.</param>
    /// <param name="cancellationToken">Stops the call. The task may be stored nevertheless.</param>
    /// <returns>The task's id.</returns>
    public static Task<TaskId> ScheduleAsync<TInput>(
        this ITaskClient client, string functionName, TInput input, ScheduleOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.ScheduleAsync(client.NewTask(functionName, input, options), cancellationToken);
    }

    /// <summary>
    /// Schedules a task with a typed input and waits until it has ended, as <see cref="ITaskClient.WaitAsync"/> does.
    /// </summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    /// <param name="timeout">How long to wait once the task is stored. See <see cref="ITaskClient.WaitAsync"/>.</param>
    /// <param name="options">What else the task has.</param>
    /// <param name="cancellationToken">Stops the wait. The task goes on.</param>
    /// <returns>The task that ended last: complete, failed or canceled.</returns>
    /// <exception cref="TimeoutException">The task has not ended in time. It goes on.</exception>
    public static async Task<TaskSnapshot> ScheduleAndWaitAsync<TInput>(
        this ITaskClient client, string functionName, TInput input, TimeSpan? timeout = null, ScheduleOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
#if NET
        // Before the task is stored.
        WaitLimit.Check(timeout);
#endif
        var id = await client.ScheduleAsync(functionName, input, options, cancellationToken).ConfigureAwait(false);
        return await client.WaitAsync(id, timeout, cancellationToken).ConfigureAwait(false);
    }
}
