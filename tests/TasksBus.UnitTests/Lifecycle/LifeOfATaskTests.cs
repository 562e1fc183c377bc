using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using MassTransit.Saga;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.UnitTests.Storage;
using Xunit;

namespace TasksBus.UnitTests.Lifecycle;

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

/// <summary>MassTransit's own harness and in-memory repository: the machine is an ordinary one.</summary>
public sealed class OnTheStockRepository(OnTheStockRepository.Rig rig) : LifeOfATaskTests, IClassFixture<OnTheStockRepository.Rig>
{
    protected override Task DeliverAsync(object message, Guid messageId) => rig.Deliveries.SendAsync(rig.Harness.Bus, message, messageId);

    protected override Task<string> StateAsync(TaskId id) => Task.FromResult(rig.Find(id)?.Status ?? LifeOfATask.None);

    protected override Task<string> SnapshotAsync(TaskId id) => Task.FromResult(
        rig.Find(id) is { } task ? JsonSerializer.Serialize<TaskRecord>(task) : LifeOfATask.None);

    protected override async Task<string> SuccessorStateAsync(TaskId id)
    {
        // It comes as a message of its own.
        Assert.NotNull(await rig.Sagas.Exists(id.ToGuid(), machine => machine.New));
        return await StateAsync(id);
    }

    public sealed class Rig : IAsyncLifetime
    {
        private readonly ServiceProvider _services = new ServiceCollection()
            .AddMassTransitTestHarness(bus =>
            {
                bus.AddDelayedMessageScheduler();
                bus.AddSagaStateMachine<TaskLifecycle, TaskState>().InMemoryRepository().Endpoint(static endpoint => endpoint.Name = "life-of-a-task");
                bus.UsingInMemory(static (context, transport) =>
                {
                    transport.UseDelayedMessageScheduler();
                    transport.ConfigureEndpoints(context);
                });
            }).BuildServiceProvider(true);

        internal Deliveries Deliveries { get; } = new();

        public ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

        public ISagaStateMachineTestHarness<TaskLifecycle, TaskState> Sagas => Harness.GetSagaStateMachineHarness<TaskLifecycle, TaskState>();

        public TaskState? Find(TaskId id) => _services.GetRequiredService<IndexedSagaDictionary<TaskState>>()[id.ToGuid()]?.Instance;

        public async Task InitializeAsync()
        {
            await Harness.Start();
            Harness.Bus.ConnectReceiveObserver(Deliveries);
            Harness.Bus.ConnectConsumeObserver(Deliveries);
        }

        public async Task DisposeAsync() => await _services.DisposeAsync();
    }
}

/// <summary>Our repository under MassTransit's pipe: the same messages, the same outcome, in the database.</summary>
public sealed class OnOurRepository(OnOurRepository.Rig rig) : LifeOfATaskTests, IClassFixture<OnOurRepository.Rig>
{
    protected override Task DeliverAsync(object message, Guid messageId) => rig.Deliveries.SendAsync(rig.Harness.Bus, message, messageId);

    protected override Task<string> StateAsync(TaskId id) => rig.StoredEngine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.StoredEngine.SnapshotAsync(id);

    public sealed class Rig : IAsyncLifetime
    {
        private ServiceProvider _services = null!;

        internal StoredEngine StoredEngine { get; } = new();

        internal Deliveries Deliveries { get; } = new();

        public ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

        public async Task InitializeAsync()
        {
            await StoredEngine.AddWorkerAsync(LifeOfATask.Worker);
            _services = new ServiceCollection().AddMassTransitTestHarness(bus => bus.UsingInMemory((_, transport) =>
                transport.ReceiveEndpoint("life-of-a-task", endpoint =>
                    endpoint.StateMachineSaga(StoredEngine.Machine, new TaskSagaRepository(StoredEngine.Transitions))))).BuildServiceProvider(true);
            await Harness.Start();
            Harness.Bus.ConnectReceiveObserver(Deliveries);
            Harness.Bus.ConnectConsumeObserver(Deliveries);
        }

        public async Task DisposeAsync()
        {
            await _services.DisposeAsync();
            await StoredEngine.DisposeAsync();
        }
    }
}

/// <summary>Events raised in process: the way that workers, API and timeouts take.</summary>
public sealed class RaisedDirectly(RaisedDirectly.Rig rig) : LifeOfATaskTests, IClassFixture<RaisedDirectly.Rig>
{
    protected override Task DeliverAsync(object message, Guid messageId) => rig.StoredEngine.RaiseAsync(message);

    protected override Task<string> StateAsync(TaskId id) => rig.StoredEngine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.StoredEngine.SnapshotAsync(id);

    public sealed class Rig : IAsyncLifetime
    {
        internal StoredEngine StoredEngine { get; } = new();

        public Task InitializeAsync() => StoredEngine.AddWorkerAsync(LifeOfATask.Worker);

        public async Task DisposeAsync() => await StoredEngine.DisposeAsync();
    }
}
