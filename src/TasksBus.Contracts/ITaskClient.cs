namespace TasksBus.Contracts;

/// <summary>
/// What every client of TasksBus can do whose calls are answered: over HTTP and over the bus. Every call may be tried several times,
/// because none has a second effect when it arrives twice: the id of a task is chosen before the task is sent. Use it from any thread.
/// </summary>
/// <remarks>
/// Every call may throw <see cref="TaskRefusedException"/> when what was sent breaks a rule, <see cref="TasksBusUnavailableException"/>
/// when no answer came in time, and else <see cref="TasksBusException"/>.
/// </remarks>
public interface ITaskClient
{
    /// <summary>Makes a task with a typed input, to be sent by itself or with others.</summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    /// <param name="options">What else the task has.</param>
    ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options = null);

    /// <summary>
    /// Schedules a task. When the call returns, the task is on disk. A task without an id or a key gets a new id first.
    /// </summary>
    /// <returns>The task's id: its own, that of its key (<see cref="TaskId.FromKey"/>), or the new one.</returns>
    /// <exception cref="TaskRefusedException">The task breaks a rule. Over HTTP also: there is another task with its id (code 17).
    /// Over the bus the first content of an id stays.</exception>
    /// <exception cref="ResourceUnknownException">The server runs registered functions only, and the function is none.</exception>
    Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default);

    /// <summary>Schedules 1 to 1,000 tasks together: all of them, or none.</summary>
    /// <returns>The ids, in the order of the tasks.</returns>
    /// <exception cref="TaskRefusedException">One of the tasks is refused. The message names it by its index.</exception>
    /// <exception cref="ResourceUnknownException">The server runs registered functions only, and one of the functions is none.</exception>
    Task<IReadOnlyList<TaskId>> ScheduleManyAsync(IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default);

    /// <summary>Cancels a task that is still new. It is then never run.</summary>
    /// <returns>
    /// Whether the task is canceled, and its status. The status is null when there is no such task, or when the task is not new any more
    /// and the caller may not view tasks.
    /// </returns>
    Task<CancelTaskResult> CancelAsync(TaskId taskId, CancellationToken cancellationToken = default);

    /// <summary>Reads a task. Returns null when there is none.</summary>
    Task<TaskSnapshot?> FindAsync(TaskId taskId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until a task has ended. If the task is retried, it waits for the task that retries it. The wait goes on while no server
    /// answers, also beyond the time for which other calls are tried again.
    /// </summary>
    /// <param name="taskId">The task.</param>
    /// <param name="timeout">How long to wait, without an upper limit. Null and <see cref="Timeout.InfiniteTimeSpan"/> wait until the task
    /// ends, whenever that is. Zero does not wait: it reads the task as <see cref="FindAsync"/> does, and returns it if it has
    /// ended.</param>
    /// <returns>The task that ended last: complete, failed or canceled.</returns>
    /// <exception cref="TimeoutException">The task has not ended in time. It goes on.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, and not infinite.</exception>
    /// <exception cref="ResourceUnknownException">There is no such task.</exception>
    Task<TaskSnapshot> WaitAsync(TaskId taskId, TimeSpan? timeout = null, CancellationToken cancellationToken = default);
}
