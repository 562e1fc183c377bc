using MassTransit;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <inheritdoc cref="ITaskPublisher"/>
/// <param name="publish">That of the scope, which an outbox or a consumer replaces.</param>
internal sealed class TaskPublisher(IPublishEndpoint publish, BusTries tries, IOptions<BusTaskClientOptions> options) : ITaskPublisher
{
    public ScheduleTask NewTask<TInput>(string functionName, TInput input, ScheduleOptions? taskOptions = null) =>
        options.Value.NewTask(functionName, input, taskOptions);

    public async Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken = default)
    {
        var (withId, id) = task.WithId();
        await PublishAsync(withId, cancellationToken).ConfigureAwait(false);
        return id;
    }

    public async Task<IReadOnlyList<TaskId>> ScheduleManyAsync(
        IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken = default)
    {
        var (withIds, ids) = tasks.WithIds();
        await PublishAsync(withIds, cancellationToken).ConfigureAwait(false);
        return ids;
    }

    public Task CancelAsync(TaskId taskId, CancellationToken cancellationToken = default) =>
        PublishAsync(new CancelTask(taskId.ToString()), cancellationToken);

    private Task<bool> PublishAsync<T>(T command, CancellationToken cancellationToken)
        where T : class =>
        tries.TryAsync(
            typeof(T).Name,
            async token =>
            {
                await publish.Publish(command, static context => context.AsCommand(), token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);
}
