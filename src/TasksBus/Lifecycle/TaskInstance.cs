using MassTransit;
using MassTransit.Context;

namespace TasksBus.Lifecycle;

/// <summary>A task on which events are raised.</summary>
/// <param name="Machine">The life cycle of tasks.</param>
/// <param name="Task">The saga instance.</param>
/// <param name="Captured">Collects what the machine schedules and publishes.</param>
internal readonly record struct TaskInstance(TaskLifecycle Machine, TaskSaga Task, CapturedContext Captured)
{
    public Task RaiseAsync<T>(Event<T> @event, T message)
        where T : class
    {
        var context = new DefaultSagaConsumeContext<TaskSaga, T>(new MessageConsumeContext<T>(Captured, message), Task);
        return ((StateMachine<TaskSaga>)Machine).RaiseEvent(
            new MassTransitStateMachine<TaskSaga>.BehaviorContextProxy<T>(Machine, context, context, @event));
    }
}
