using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Events that come over RabbitMQ, and failures that are raised, in a cluster on PostgreSQL.</summary>
public sealed class TriggerTests(LocalServers servers) : ClusterTest(servers)
{
    [Theory]
    [InlineData(Queues.EventOccurred, "")]
    [InlineData("", "TasksBus.Contracts:EventOccurred")]
    public async Task Plain_JSON_raises_an_event_whichever_way_it_comes_to_the_queue(string queue, string exchange)
    {
        await DispatchAsync(await Cluster.AddAsync(), "paid", "ship");
        var messageId = Guid.NewGuid();

        for (var i = 0; i < 3; i++)
        {
            await Cluster.Broker.PublishJsonAsync(
                """{"type":"paid","content":{"n":12345678901234567890123},"more":1}""", queue, exchange, messageId.ToString());
        }

        await Eventually.TrueAsync(async () => await CountAsync("finished_tasks") == 1, "the task ends");
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queues.EventOccurred) == 0, "all are taken");
        Assert.Equal((1, 1), (await CountAsync("tasks"), await CountAsync("raised_events")));
        var @event = Assert.Single(Cluster.Invoker.Invocations).Event.GetProperty("data").GetProperty("event");
        Assert.Equal(TaskId.FromMessage(messageId).ToString(), @event.GetProperty("id").GetString());
        Assert.Equal("""{"n":12345678901234567890123}""", @event.GetProperty("content").GetRawText());
    }

    [Fact]
    public async Task An_event_of_MassTransit_that_is_delivered_ten_times_at_once_is_raised_once_and_answered()
    {
        await DispatchAsync(await Cluster.AddAsync(), "paid", "ship");
        await Cluster.AddAsync();
        var service = await Cluster.AddServiceAsync();
        var messageId = Guid.NewGuid();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => service.Bus.Publish(
            new EventOccurred { Type = "paid" }, context => context.MessageId = messageId)));
        var answer = await service.Bus.CreateRequestClient<EventOccurred>(RequestTimeout.After(s: 30))
            .GetResponse<EventOccurredResult>(new EventOccurred { Type = "paid", IdempotencyKey = "order 17" });
        var transitioned = await service.Bus.CreateRequestClient<DocumentTransitioned>(RequestTimeout.After(s: 30))
            .GetResponse<DocumentTransitionedResult>(new DocumentTransitioned
            {
                SchemaId = "orders",
                DocumentId = "17",
                AfterActions = [new() { FunctionName = "ship" }],
            });

        Assert.Equal(TaskId.FromKey("order 17").ToString(), answer.Message.EventId);
        Assert.True(TaskId.TryParse(transitioned.Message.EventId, out _));
        await Eventually.TrueAsync(async () => await CountAsync("finished_tasks") == 3, "the tasks end");
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queues.EventOccurred) == 0, "all are taken");
        Assert.Equal((3, 3), (await CountAsync("tasks"), await CountAsync("raised_events")));
        Assert.Equal(3, Cluster.Invoker.CountOf("ship"));
    }

    [Theory]
    [InlineData(Queues.EventOccurred, """{"content":{}}""", "type is required")]
    [InlineData(Queues.EventOccurred, """{"type":"paid","eventId":"x"}""", "eventId must be 24 hex digits")]
    [InlineData(Queues.EventOccurred, """{"type":"paid","raisedByTaskId":"507f1f77bcf86cd799439011"}""", "there is no task")]
    [InlineData(
        Queues.DocumentTransitioned, """{"schemaId":"s","documentId":"d","actions":[{"type":"task"}]}""", "functionName is required")]
    [InlineData(Queues.DocumentTransitioned, "garbage", "not JSON")]
    public async Task A_wrong_event_is_put_into_the_error_queue_and_the_next_one_is_raised(string queue, string body, string reason)
    {
        await DispatchAsync(await Cluster.AddAsync(), "paid", "ship");

        await Cluster.Broker.PublishJsonAsync(body, queue, messageId: Guid.NewGuid().ToString());

        Assert.Contains(reason, Assert.Single(await Cluster.Broker.ErrorsAsync(queue)), StringComparison.Ordinal);
        await Cluster.Broker.PublishJsonAsync("""{"type":"paid"}""", Queues.EventOccurred, messageId: Guid.NewGuid().ToString());
        await Eventually.TrueAsync(async () => await CountAsync("finished_tasks") == 1, "the good event is raised");
        Assert.Equal(1, await CountAsync("raised_events"));
    }

    [Fact]
    public async Task A_dispatcher_that_another_member_deleted_schedules_nothing_more()
    {
        var (first, second) = (await Cluster.AddAsync(), await Cluster.AddAsync());
        var (kept, deleted) = (await DispatchAsync(first, "paid", "kept"), await DispatchAsync(first, "paid", "deleted"));
        Assert.Equal(2, (await RaiseAsync(second, "paid")).TaskCount);

        Assert.True(await first.Get<TriggerBook>().DeleteAsync(deleted.Id));

        Assert.Equal(1, (await RaiseAsync(second, "paid")).TaskCount);
        Assert.Equal(1, (await RaiseAsync(first, "paid")).TaskCount);
        await first.Get<TriggerBook>().DeleteAsync(kept.Id);
        Assert.Equal(0, (await RaiseAsync(second, "paid")).TaskCount);
        Assert.Equal(1, await Cluster.Database.ScalarAsync<long>("select count(*) from tasks where function_name = 'deleted'"));
    }

    [Fact]
    public async Task A_failure_is_raised_once_though_its_raiser_dies_between_the_commit_and_the_outbox()
    {
        var isCut = false;
        void Cut(IServiceCollection services) => services.AddSingleton<IEventOutbox>(provider => new CutOutbox(
            (IEventOutbox)provider.GetRequiredService<ICommitStore>(), () =>
            {
                var isFirst = !isCut;
                isCut = true;
                return isFirst;
            }));
        Cluster.Invoker.On("fails", static _ => new InvocationResult.FunctionFailed("TypeError", "x", null, null));
        var member = await Cluster.AddAsync(options: static options => options.TaskFailedEvents = true, services: Cut);
        await DispatchAsync(member, EventRules.TaskFailed, "repair");

        var failed = await Cluster.ScheduleAsync("fails");

        await Eventually.TrueAsync(async () => await CountAsync("finished_tasks") == 2, "it is repaired");
        await Eventually.TrueAsync(async () => await CountAsync("event_outbox") == 0, "the outbox is empty");
        Assert.True(isCut);
        Assert.Equal((2, 1), (await CountAsync("tasks"), await CountAsync("raised_events")));
        var content = Cluster.Invoker.Invocations.Single(static one => one.FunctionName == "repair").Event.GetProperty("data")
            .GetProperty("event").GetProperty("content");
        Assert.Equal(failed.ToString(), content.GetProperty("id").GetString());
    }

    private static Task<StoredTrigger> DispatchAsync(Member member, string eventType, string function) =>
        member.Get<TriggerBook>().CreateAsync(new(eventType, [new(new ScheduleTask { FunctionName = function })]), null, null);

    private static Task<RaisedEvent> RaiseAsync(Member member, string type) =>
        member.Get<EventIntake>().RaiseAsync(TaskId.New(), new(type, null, null));

    private Task<long> CountAsync(string table) => Cluster.Database.ScalarAsync<long>($"select count(*) from {table}");

    /// <summary>Once, nothing is deleted after it was handled, as if the process had died.</summary>
    private sealed class CutOutbox(IEventOutbox inner, Func<bool> isCut) : IEventOutbox
    {
        public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) =>
            inner.NextEventsAsync(limit, cancellationToken);

        public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) =>
            isCut() ? throw new StoreUnavailableException("It is cut off.") : inner.DeleteEventsAsync(positions, cancellationToken);
    }
}
