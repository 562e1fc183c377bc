using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>
/// Sends commands to TasksBus over the service's own bus, and does not wait for answers. It has the scope of its user: in a consumer, or
/// with a transactional outbox, the commands go with everything else that is published there, or not at all. So does what a rolled back
/// transaction sent.
/// </summary>
/// <remarks>
/// The id of a task is chosen before the task is sent, so a call may be made again with the same id or key and has no second effect. The
/// rules of a task are checked at the call. What only the server knows, such as which functions are registered, is not: a command that it
/// refuses is in its error queue, and <see cref="IBusTaskClient"/> tells its sender. A call may throw
/// <see cref="TasksBusUnavailableException"/> when the broker did not take the command in time.
/// </remarks>
public interface ITaskPublisher
{
    /// <summary>Makes a task with a typed input, to be sent by itself or with others.</summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    /// <param name="options">What else the task has.</param>
    ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options = null);

    /// <summary>Sends a task. A task without an id or a key gets a new id first.</summary>
    /// <returns>The task's id: its own, that of its key (<see cref="TaskId.FromKey"/>), or the new one.</returns>
    /// <exception cref="TaskRefusedException">The task breaks a rule. Nothing is sent.</exception>
    Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default);

    /// <summary>Sends 1 to 1,000 tasks in one message, of which the server stores all or none.</summary>
    /// <returns>The ids, in the order of the tasks.</returns>
    /// <exception cref="TaskRefusedException">One of the tasks breaks a rule. The message names it by its index. Nothing is
    /// sent.</exception>
    Task<IReadOnlyList<TaskId>> ScheduleManyAsync(IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default);

    /// <summary>Asks to cancel a task, which counts if the task is still new when the server gets to know of it.</summary>
    Task CancelAsync(TaskId taskId, CancellationToken cancellationToken = default);
}
