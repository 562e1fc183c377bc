using MassTransit;
using MassTransit.Configuration;
using MassTransit.InMemoryTransport.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.Testing.Lifecycle;

namespace TasksBus.Testing.Messaging;

/// <summary>
/// Makes the bus in memory. MassTransit's own factory makes one bus only; this one makes a bus for each container that is built from the
/// same services.
/// </summary>
internal sealed class MemoryBusFactory : IRegistrationBusFactory
{
    public IBusInstance CreateBus(
        IBusRegistrationContext context, IEnumerable<IBusInstanceSpecification> specifications, string busName) =>
        new InMemoryRegistrationBusFactory(null, Configure).CreateBus(context, specifications, busName);

    private static void Configure(IBusRegistrationContext context, IInMemoryBusFactoryConfigurator transport)
    {
        transport.AddCommandEndpoints(context, static _ => { });
        transport.ReceiveEndpoint("tasksbus.life-of-a-task", endpoint => endpoint.StateMachineSaga(
            context.GetRequiredService<TaskLifecycle>(),
            context.GetRequiredService<ISagaRepositoryDecoratorRegistration<TaskSaga>>()
                .DecorateSagaRepository(new TaskSagaRepository(context.GetRequiredService<TaskTransitions>()))));
        transport.ConfigureEndpoints(context);
    }
}
