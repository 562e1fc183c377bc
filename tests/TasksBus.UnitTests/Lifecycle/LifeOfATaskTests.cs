using System.Text.Json;
using MassTransit;
using MassTransit.Saga;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Testing.Lifecycle;
using TasksBus.Tests.Lifecycle;
using TasksBus.UnitTests.Storage;
using Xunit;

namespace TasksBus.UnitTests.Lifecycle;

/// <summary>MassTransit's own harness and in-memory repository: the machine is an ordinary one.</summary>
public sealed class OnTheStockRepository(OnTheStockRepository.Rig rig) : LifeOfATaskTests, IClassFixture<OnTheStockRepository.Rig>
{
    private protected override Task DeliverAsync(TaskEvent message, Guid messageId) =>
        rig.Deliveries.SendAsync(rig.Harness.Bus, message, messageId);

    protected override Task<string> StateAsync(TaskId id) => Task.FromResult(rig.Find(id)?.Status ?? LifeOfATask.None);

    protected override Task<string> SnapshotAsync(TaskId id) => Task.FromResult(
        rig.Find(id) is { } task ? JsonSerializer.Serialize<TaskRecord>(task) : LifeOfATask.None);

    protected override async Task<string> SuccessorStateAsync(TaskId id)
    {
        // It is sent as a message of its own.
        Assert.NotNull(await rig.Sagas.Exists(id.ToGuid(), machine => machine.New));
        return await StateAsync(id);
    }

    public sealed class Rig : IAsyncLifetime
    {
        private readonly ServiceProvider _services = new ServiceCollection()
            .AddMassTransitTestHarness(bus =>
            {
                bus.AddDelayedMessageScheduler();
                bus.AddSagaStateMachine<TaskLifecycle, TaskSaga>().InMemoryRepository().Endpoint(
                    static endpoint => endpoint.Name = "life-of-a-task");
                bus.UsingInMemory(static (context, transport) =>
                {
                    transport.UseDelayedMessageScheduler();
                    transport.ConfigureEndpoints(context);
                });
            }).BuildServiceProvider(true);

        internal Deliveries Deliveries { get; } = new();

        public ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

        internal ISagaStateMachineTestHarness<TaskLifecycle, TaskSaga> Sagas =>
            Harness.GetSagaStateMachineHarness<TaskLifecycle, TaskSaga>();

        public TaskSaga? Find(TaskId id) => _services.GetRequiredService<IndexedSagaDictionary<TaskSaga>>()[id.ToGuid()]?.Instance;

        public async Task InitializeAsync()
        {
            await Harness.Start();
            Harness.Bus.ConnectReceiveObserver(Deliveries);
            Harness.Bus.ConnectConsumeObserver(Deliveries);
        }

        public async Task DisposeAsync() => await _services.DisposeAsync();
    }
}

/// <summary>Our repository under the pipe of MassTransit: the same messages lead to the same outcome, in the database.</summary>
public sealed class OnOurRepository(OnOurRepository.Rig rig) : LifeOfATaskTests, IClassFixture<OnOurRepository.Rig>
{
    private protected override Task DeliverAsync(TaskEvent message, Guid messageId) =>
        rig.Deliveries.SendAsync(rig.Harness.Bus, message, messageId);

    protected override Task<string> StateAsync(TaskId id) => rig.Engine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.Engine.SnapshotAsync(id);

    public sealed class Rig() : StoreRig(new SqliteEngine()), IAsyncLifetime
    {
        private ServiceProvider? _services;

        internal Deliveries Deliveries { get; } = new();

        public ITestHarness Harness => _services!.GetRequiredService<ITestHarness>();

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            _services = new ServiceCollection().AddMassTransitTestHarness(bus => bus.UsingInMemory((_, transport) =>
                transport.ReceiveEndpoint("life-of-a-task", endpoint =>
                    endpoint.StateMachineSaga(Engine.Machine, new TaskSagaRepository(Engine.Transitions))))).BuildServiceProvider(true);
            await Harness.Start();
            Harness.Bus.ConnectReceiveObserver(Deliveries);
            Harness.Bus.ConnectConsumeObserver(Deliveries);
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await (_services?.DisposeAsync() ?? ValueTask.CompletedTask);
            await DisposeAsync();
        }
    }
}

public sealed class RaisedDirectlyOnSqlite(RaisedDirectlyOnSqlite.Rig rig)
    : RaisedDirectlyTests(rig), IClassFixture<RaisedDirectlyOnSqlite.Rig>
{
    public sealed class Rig() : StoreRig(new SqliteEngine());
}
