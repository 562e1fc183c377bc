using System.Diagnostics;
using MassTransit;
using TasksBus.Client.MassTransit;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>What the client publishes within the scope of a consumer goes with what the consumer does, or not at all.</summary>
public sealed class BusOutboxTests(LocalServers servers) : ClusterTest(servers)
{
    [Fact]
    public async Task What_a_consumer_schedules_within_an_outbox_goes_when_it_succeeds_and_not_when_it_fails()
    {
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(
            Cluster.Broker.Address, bus: static bus =>
            {
                bus.AddConsumer<OrderConsumer>();
                bus.AddConfigureEndpointsCallback(static (context, _, endpoint) => endpoint.UseInMemoryOutbox(context));
            });
        var (kept, dropped) = (TaskId.New(), TaskId.New());
        var bus = service.Bus;

        await bus.Publish(new OrderPlaced(dropped.ToString(), IsBad: true));
        await bus.Publish(new OrderPlaced(kept.ToString(), IsBad: false));

        await Cluster.ReachesAsync(kept, TaskStates.Complete);
        await Eventually.TrueAsync(
            async () => (await Cluster.Broker.ListAsync("queues", "name")).Any(
                static name => name.EndsWith("_error", StringComparison.Ordinal)), "the bad order is put aside");
        Assert.Null(await Cluster.FindAsync(dropped));
        Assert.Equal(1, await Cluster.CountTasksAsync());
    }

    [Fact]
    public async Task The_trace_of_the_caller_goes_with_the_command()
    {
        await Cluster.AddAsync(Roles.Api);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        await Cluster.Broker.ListenAsync("commands", "TasksBus.Contracts:ScheduleTask", "");
        using ActivityListener everything = new()
        {
            ShouldListenTo = static source => source.Name == "MassTransit",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(everything);
        using var caller = new Activity("caller").Start();

        await service.PublishAsync(static publisher => publisher.ScheduleAsync("traced", new { }));

        var message = await Cluster.Broker.TakeAsync("commands");
        Assert.Contains(caller.TraceId.ToHexString(), TestBroker.Header(message, "MT-Activity-Id"), StringComparison.Ordinal);
    }

    public sealed record OrderPlaced(string TaskId, bool IsBad);

    private sealed class OrderConsumer(ITaskPublisher publisher) : IConsumer<OrderPlaced>
    {
        public async Task Consume(ConsumeContext<OrderPlaced> context)
        {
            await publisher.ScheduleAsync(
                "invoice", new { }, new() { TaskId = TaskId.Parse(context.Message.TaskId) }, context.CancellationToken);
            if (context.Message.IsBad)
            {
                throw new InvalidOperationException("It is bad.");
            }
        }
    }
}
