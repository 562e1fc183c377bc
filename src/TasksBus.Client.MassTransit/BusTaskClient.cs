using Microsoft.Extensions.Options;
using TasksBus.Client.MassTransit.Waiting;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <inheritdoc cref="IBusTaskClient"/>
internal sealed class BusTaskClient(
    BusRequests requests, EndListener listener, TimeProvider time, IOptions<BusTaskClientOptions> options) : IBusTaskClient
{
    public ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? taskOptions = null) =>
        options.Value.NewTask(functionName, input, taskOptions);

    public async Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default)
    {
        var (withId, id) = task.WithId();
        await requests.AskAsync<ScheduleTask, ScheduleTaskResult>(withId, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async Task<IReadOnlyList<TaskId>> ScheduleManyAsync(
        IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default)
    {
        var (withIds, ids) = tasks.WithIds();
        await requests.AskAsync<ScheduleTasks, ScheduleTasksResult>(withIds, cancellationToken).ConfigureAwait(false);
        return ids;
    }

    public Task<CancelTaskResult> CancelAsync(TaskId taskId, CancellationToken cancellationToken = default) =>
        requests.AskAsync<CancelTask, CancelTaskResult>(new(taskId.ToString()), cancellationToken);

    public async Task<TaskSnapshot?> FindAsync(TaskId taskId, CancellationToken cancellationToken = default) =>
        (await requests.AskAsync<GetTask, GetTaskResult>(new(taskId.ToString()), cancellationToken).ConfigureAwait(false)).Task;

    public async Task<TaskSnapshot> WaitAsync(TaskId taskId, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        timeout = WaitLimit.Check(timeout);
        if (timeout == TimeSpan.Zero)
        {
            return await EndedNowAsync(taskId, cancellationToken).ConfigureAwait(false);
        }

        using WaitLimit limit = new(timeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        EndWait wait = new(this, listener, time, options.Value.RetryFor);
        try
        {
            return await wait.UntilEndAsync(taskId, over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsOver && !cancellationToken.IsCancellationRequested)
        {
            throw ClientErrors.NotEnded(taskId, timeout, wait.Last);
        }
    }

    private async Task<TaskSnapshot> EndedNowAsync(TaskId taskId, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitLimit.EndedNowAsync(this, taskId, cancellationToken).ConfigureAwait(false);
        }
        catch (ResourceUnknownException)
        {
            // Its command may be on its way.
            throw ClientErrors.NotEnded(taskId, TimeSpan.Zero, null);
        }
    }
}
