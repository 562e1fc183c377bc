using MassTransit;
using MassTransit.Context;
using TasksBus.Contracts;
using TasksBus.Lifecycle;

namespace TasksBus.Testing.Lifecycle;

/// <summary>
/// The saga repository of MassTransit on our store. An event from the bus is a transition in the group commit like any other.
/// </summary>
internal sealed class TaskSagaRepository(TaskTransitions transitions) : ISagaRepository<TaskSaga>
{
    public async Task Send<T>(ConsumeContext<T> context, ISagaPolicy<TaskSaga, T> policy, IPipe<SagaConsumeContext<TaskSaga, T>> next)
        where T : class
    {
        var id = TaskId.FromGuid(
            context.CorrelationId ?? throw new InvalidOperationException($"{typeof(T).Name} carries no correlation id."));
        await transitions.RunAsync(id, async (current, captured) =>
        {
            var message = new CorrelatedContext<T>(captured, context.Message, id.ToGuid(), context.MessageId);
            var made = new Keep<T>(next);
            if (current is null)
            {
                await policy.Missing(message, made);
            }
            else
            {
                await policy.Existing(new DefaultSagaConsumeContext<TaskSaga, T>(message, current), made);
            }

            return made.Saga;
        });
    }

    public Task SendQuery<T>(
        ConsumeContext<T> context, ISagaQuery<TaskSaga> query, ISagaPolicy<TaskSaga, T> policy, IPipe<SagaConsumeContext<TaskSaga, T>> next)
        where T : class =>
        throw new NotSupportedException("Every event of a task names its id.");

    public void Probe(ProbeContext context) => context.CreateScope("tasksBusStore");

    /// <param name="messageId">MassTransit's test harness lists the messages that a saga consumed by it.</param>
    private sealed class CorrelatedContext<T>(ConsumeContext context, T message, Guid correlationId, Guid? messageId)
        : ConsumeContextProxy<T>(new MessageConsumeContext<T>(context, message))
        where T : class
    {
        public override Guid? CorrelationId => correlationId;

        public override Guid? MessageId => messageId;
    }

    /// <summary>Remembers the instance that the pipe worked on: the policy may have made it.</summary>
    private sealed class Keep<T>(IPipe<SagaConsumeContext<TaskSaga, T>> next) : IPipe<SagaConsumeContext<TaskSaga, T>>
        where T : class
    {
        public TaskSaga? Saga { get; private set; }

        public Task Send(SagaConsumeContext<TaskSaga, T> context)
        {
            Saga = context.Saga;
            return next.Send(context);
        }

        public void Probe(ProbeContext context) => next.Probe(context);
    }
}
