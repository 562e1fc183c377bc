using MassTransit;
using MassTransit.SagaStateMachine;

namespace TasksBus.Lifecycle;

/// <summary>
/// Sets the state. <c>TransitionTo</c> would raise four more events for each transition (before and after each of the two states). Nothing
/// waits for them here, and they take longer than everything else in a transition.
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

    /// <summary>Shows a transition to a visitor that draws the machine.</summary>
    public void Accept(StateMachineVisitor visitor) => AsTransition().Accept(visitor);

    private TransitionActivity<TaskSaga> AsTransition() => new((State<TaskSaga>)to, null);
}
