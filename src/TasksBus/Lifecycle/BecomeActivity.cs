using MassTransit;
using MassTransit.SagaStateMachine;

namespace TasksBus.Lifecycle;

/// <summary>
/// Sets the state. <c>TransitionTo</c> raises four events more for each transition (before and after each of the two states), for which nothing waits
/// here and which take longer than all else that a transition does.
/// </summary>
internal sealed class BecomeActivity<T>(State to) : IStateMachineActivity<TaskSaga, T>
    where T : class
{
    public Task Execute(BehaviorContext<TaskSaga, T> context, IBehavior<TaskSaga, T> next)
    {
        context.Saga.CurrentState = to.Name;
        return next.Execute(context);
    }

    public Task Faulted<TException>(BehaviorExceptionContext<TaskSaga, T, TException> context, IBehavior<TaskSaga, T> next)
        where TException : Exception => next.Faulted(context);

    public void Probe(ProbeContext context) => AsTransition().Probe(context);

    /// <summary>What draws the machine sees a transition.</summary>
    public void Accept(StateMachineVisitor visitor) => AsTransition().Accept(visitor);

    private TransitionActivity<TaskSaga> AsTransition() => new((State<TaskSaga>)to, null);
}
