using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http;
using TasksBus.Storage;

namespace TasksBus.Service.Hosting;

/// <summary>The calls of the process that hosts the engine: what they do over HTTP, without HTTP.</summary>
/// <param name="engine">Returns the container of the engine. It throws while there is none.</param>
/// <param name="time">The clock of waits.</param>
public sealed class EngineTaskClient(Func<IServiceProvider> engine, TimeProvider time) : ITaskClient
{
    private static readonly TimeSpan s_longestLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Parts? _parts;

    private Parts Engine
    {
        get
        {
            lock (_lock)
            {
                return _parts ??= Parts.Of(engine(), time);
            }
        }
    }

    /// <inheritdoc/>
    public ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? options = null) =>
        (options ?? new()).NewTask(functionName, input);

    /// <inheritdoc/>
    public async Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default)
    {
        var (withId, id) = task.WithId();
        await CallAsync(() => Engine.Chosen.ScheduleAsync(withId, null, null, cancellationToken));
        return id;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TaskId>> ScheduleManyAsync(
        IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default)
    {
        var (withIds, ids) = tasks.WithIds();
        await CallAsync(() => Engine.Chosen.ScheduleAllAsync(withIds.Tasks, null, null, cancellationToken));
        return ids;
    }

    /// <inheritdoc/>
    public async Task<CancelTaskResult> CancelAsync(TaskId taskId, CancellationToken cancellationToken = default)
    {
        var (_, task) = await CallAsync(() => Engine.Intake.CancelAsync(taskId));
        return new(taskId.ToString(), task?.Status == TaskStates.Canceled, task?.Status);
    }

    /// <inheritdoc/>
    public async Task<TaskSnapshot?> FindAsync(TaskId taskId, CancellationToken cancellationToken = default) =>
        (await CallAsync(() => Engine.Tasks.FindAsync(taskId, cancellationToken)))?.ToSnapshot();

    /// <inheritdoc/>
    public async Task<TaskSnapshot> WaitAsync(TaskId taskId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        timeout = WaitLimit.Check(timeout);
        if (timeout == TimeSpan.Zero)
        {
            return await WaitLimit.EndedNowAsync(this, taskId, cancellationToken);
        }

        var parts = Engine;
        var begun = time.GetTimestamp();
        TaskSnapshot? last = null;
        while (true)
        {
            last = await TryFindAsync(taskId, cancellationToken) ?? last;
            if (last is { IsFinal: true, RetriedByTaskId: null })
            {
                return last;
            }

            var left = timeout - time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                throw ClientErrors.NotEnded(taskId, timeout, last);
            }

            if (parts.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                throw new TasksBusUnavailableException(
                    ErrorCode.ServiceUnreachable, $"The application stops. The task {taskId} goes on; wait for it again later.");
            }

            if (last is { IsFinal: true, RetriedByTaskId: { } successor })
            {
                (taskId, last) = (successor, null);
            }
            else if (!await parts.Ends.WaitAsync(taskId, left < s_longestLook ? left.Value : s_longestLook, cancellationToken))
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }

    /// <summary>Reads a task that is awaited. Null when the database cannot be reached now: it comes back.</summary>
    private async Task<TaskSnapshot?> TryFindAsync(TaskId taskId, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(taskId, cancellationToken)
                ?? throw new ResourceUnknownException(ErrorCode.ResourceUnknown, $"There is no task '{taskId}'.");
        }
        catch (TasksBusUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Gives failures the form that they have for every client.</summary>
    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (CommandRefusedException refused)
        {
            throw ClientErrors.Of(refused.Refusal.Code, refused.Refusal.Message, refused);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CommitOutcomeUnknownException)
        {
            throw new TasksBusUnavailableException(ErrorCode.ServiceUnreachable, exception.Message, s_pause, exception);
        }
    }

    private sealed record Parts(
        TaskIntake Intake, ChosenIdIntake Chosen, ITaskReader Tasks, EndWatch Ends, IHostApplicationLifetime Lifetime)
    {
        // A harness has no API, and so no watch.
        public static Parts Of(IServiceProvider engine, TimeProvider time) => new(
            engine.GetRequiredService<TaskIntake>(), engine.GetRequiredService<ChosenIdIntake>(), engine.GetRequiredService<ITaskReader>(),
            engine.GetService<EndWatch>() ?? ActivatorUtilities.CreateInstance<EndWatch>(engine, time),
            engine.GetRequiredService<IHostApplicationLifetime>());
    }
}
