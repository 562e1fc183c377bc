using System.Collections.Concurrent;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Lifecycle;

/// <summary>The table holds wherever the machine runs.</summary>
public abstract class LifeOfATaskTests
{
    public static TheoryData<string, string, string> Pairs => LifeOfATask.Pairs();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Every_state_meets_every_event_once_and_twice(string state, string on, string expected)
    {
        var id = TaskId.New();
        foreach (var step in LifeOfATask.PathTo(state, id))
        {
            await DeliverAsync(step, Guid.NewGuid());
        }

        Assert.Equal(state, await StateAsync(id));
        var before = await SnapshotAsync(id);
        var (message, messageId) = (LifeOfATask.Events[on](id), Guid.NewGuid());

        await DeliverAsync(message, messageId);

        Assert.Equal(expected, await StateAsync(id));
        var after = await SnapshotAsync(id);
        if (state == expected)
        {
            Assert.Equal(before, after);
        }
        else
        {
            Assert.NotEqual(before, after);
        }

        await DeliverAsync(message, messageId);

        Assert.Equal(expected, await StateAsync(id));
        Assert.Equal(after, await SnapshotAsync(id));
        if (expected == TaskStates.Retried)
        {
            Assert.Equal(TaskStates.New, await SuccessorStateAsync(LifeOfATask.SuccessorOf(id)));
        }
    }

    /// <summary>Completes when the message is dealt with; throws what went wrong.</summary>
    protected abstract Task DeliverAsync(object message, Guid messageId);

    protected abstract Task<string> StateAsync(TaskId id);

    /// <summary>All that is known of a task, as text.</summary>
    protected abstract Task<string> SnapshotAsync(TaskId id);

    protected virtual Task<string> SuccessorStateAsync(TaskId id) => StateAsync(id);
}

/// <summary>Sends to the saga's endpoint and waits until the delivery is over.</summary>
internal sealed class Deliveries : IReceiveObserver, IConsumeObserver
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = [];
    private readonly ConcurrentDictionary<Guid, Exception> _faults = [];

    public async Task SendAsync(IBus bus, object message, Guid messageId)
    {
        var done = _waiting[messageId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var endpoint = await bus.GetSendEndpoint(new Uri("queue:life-of-a-task"));
        await endpoint.Send(message, message.GetType(), Pipe.Execute<SendContext>(context => context.MessageId = messageId));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public Task PostReceive(ReceiveContext context)
    {
        var id = context.GetMessageId();
        if (id is { } messageId && _waiting.TryGetValue(messageId, out var done))
        {
            if (_faults.TryGetValue(messageId, out var fault))
            {
                done.TrySetException(fault);
            }
            else
            {
                done.TrySetResult();
            }
        }

        return Task.CompletedTask;
    }

    public Task ConsumeFault<T>(ConsumeContext<T> context, Exception exception)
        where T : class => Fault(context.MessageId, exception);

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => Fault(context.MessageId, exception);

    public Task ReceiveFault(ReceiveContext context, Exception exception)
    {
        Fault(context.GetMessageId(), exception);
        return PostReceive(context);
    }

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task PreConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PostConsume<T>(ConsumeContext<T> context)
        where T : class => Task.CompletedTask;

    private Task Fault(Guid? messageId, Exception exception)
    {
        if (messageId is { } id)
        {
            _faults[id] = exception;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Our repository under MassTransit's pipe: the same messages, the same outcome, in the database.</summary>
public abstract class OnOurRepositoryTests(RepositoryRig rig) : LifeOfATaskTests
{
    protected override Task DeliverAsync(object message, Guid messageId) => rig.Deliveries.SendAsync(rig.Harness.Bus, message, messageId);

    protected override Task<string> StateAsync(TaskId id) => rig.Engine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.Engine.SnapshotAsync(id);
}

/// <summary>Events raised in process: the way that workers, API and timeouts take.</summary>
public abstract class RaisedDirectlyTests(StoreRig rig) : LifeOfATaskTests
{
    protected override Task DeliverAsync(object message, Guid messageId) => rig.Engine.RaiseAsync(message);

    protected override Task<string> StateAsync(TaskId id) => rig.Engine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.Engine.SnapshotAsync(id);
}

/// <summary>A store for a whole table, with the worker that its tasks run on.</summary>
public abstract class StoreRig : IAsyncLifetime
{
    private protected StoreRig(StoredEngine engine) => Engine = engine;

    internal StoredEngine Engine { get; }

    public virtual async Task InitializeAsync()
    {
        await Engine.StartAsync();
        await Engine.AddWorkerAsync(LifeOfATask.Worker);
    }

    public virtual async Task DisposeAsync() => await Engine.DisposeAsync();
}

/// <summary>The store under MassTransit's harness.</summary>
public abstract class RepositoryRig : StoreRig
{
    private ServiceProvider? _services;

    private protected RepositoryRig(StoredEngine engine)
        : base(engine)
    {
    }

    internal Deliveries Deliveries { get; } = new();

    public ITestHarness Harness => _services!.GetRequiredService<ITestHarness>();

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _services = new ServiceCollection().AddMassTransitTestHarness(bus => bus.UsingInMemory((_, transport) =>
            transport.ReceiveEndpoint("life-of-a-task", endpoint =>
                endpoint.StateMachineSaga(Engine.Machine, new TaskSagaRepository(Engine.Transitions))))).BuildServiceProvider(true);
        await Harness.Start();
        Harness.Bus.ConnectReceiveObserver(Deliveries);
        Harness.Bus.ConnectConsumeObserver(Deliveries);
    }

    public override async Task DisposeAsync()
    {
        await (_services?.DisposeAsync() ?? ValueTask.CompletedTask);
        await base.DisposeAsync();
    }
}
