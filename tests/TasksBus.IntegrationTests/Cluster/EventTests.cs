using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Functions;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Messaging;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>The events that other services receive.</summary>
public sealed class EventTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly DateTimeOffset s_never = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_final_state_is_told_once_and_nothing_else()
    {
        await Cluster.AddAsync();
        var service = await Cluster.AddServiceAsync();

        var expected = await EndInAllWaysAsync(20);

        await Eventually.TrueAsync(() => service.Events.Count >= 60, "all are heard");
        Assert.All(expected, task => Assert.Equal([task.Value], service.Of(task.Key)));
        Assert.Equal(60, service.Events.Select(static one => one.MessageId).Distinct().Count());
        Assert.Equal(60, service.Events.Count);
        await Eventually.TrueAsync(
            async () => await Cluster.Database.ScalarAsync<long>("select count(*) from event_outbox") == 0, "the outbox is empty");
    }

    [Fact]
    public async Task With_the_setting_every_event_is_told_in_the_order_of_the_tasks_life()
    {
        await Cluster.AddAsync(options: static options => options.Events = [.. KeptEvents.All.Select(static type => type.Name)]);
        var service = await Cluster.AddServiceAsync();

        var expected = await EndInAllWaysAsync(10);

        await Eventually.TrueAsync(() => service.Events.Count >= 80, "all are heard");
        Assert.All(expected, task => Assert.Equal(
            task.Value == nameof(TaskCanceled)
                ? [nameof(TaskScheduled), task.Value]
                : [nameof(TaskScheduled), nameof(TaskStarted), task.Value],
            service.Of(task.Key)));
        Assert.Equal(80, service.Events.Count);
    }

    [Fact]
    public async Task An_event_whose_confirm_was_lost_is_sent_again_under_the_same_message_id_and_holds_up_no_other()
    {
        Forgetful? sender = null;
        await Cluster.AddAsync(services: services => services.AddSingleton<IEventSender>(
            provider => sender = new(new BusEventSender(
                provider.GetRequiredService<IBus>(), provider.GetRequiredService<IMessageTransport>()))));
        var service = await Cluster.AddServiceAsync();

        var ids = await Cluster.ScheduleAsync(30);

        await Cluster.CompleteAsync(ids);
        await Eventually.TrueAsync(
            async () => await Cluster.Database.ScalarAsync<long>("select count(*) from event_outbox") == 0, "the outbox is empty");
        await Eventually.TrueAsync(() => ids.All(id => service.Of(id).Count > 0), "all are heard");
        Assert.Equal(30, service.Events.Select(static one => one.MessageId).Distinct().Count());
        Assert.Equal(sender!.Sent, service.Events.Count);
        Assert.InRange(sender.Sent, 31, 40);
    }

    [Fact]
    public async Task Plain_events_are_routed_by_publisher_and_function()
    {
        await Cluster.AddAsync(options: static options => options.KeepResults = ["greet"]);
        await Cluster.Broker.ListenAsync("shop", TaskEventRouting.Exchange, "shop.#");
        await Cluster.Broker.ListenAsync("failures", TaskEventRouting.Exchange, "*.*.failed");
        Cluster.Invoker.On("fail", static _ => new InvocationResult.FunctionFailed("Broken", "It broke.", null, null));
        Cluster.Invoker.On("greet:live", static _ => new InvocationResult.Succeeded("{\"n\":1}"u8.ToArray(), null, null));

        await Cluster.Broker.PublishJsonAsync(
            """{"functionName":"greet:live","publisher":"shop","reference":"order 17","tags":["a"]}""", Queues.ScheduleTask);
        await Cluster.Broker.PublishJsonAsync("""{"functionName":"fail"}""", Queues.ScheduleTask);

        var (heard, failed) = (await Cluster.Broker.TakeAsync("shop"), await Cluster.Broker.TakeAsync("failures"));
        Assert.Equal(
            ("shop.greet.completed", "application/json", nameof(TaskCompleted)),
            (heard.RoutingKey, heard.BasicProperties.ContentType, heard.BasicProperties.Type));
        var body = JsonElement.Parse(heard.Body.Span);
        Assert.Equal(
            ("greet:live", "order 17", "shop", """["a"]""", """{"n":1}"""),
            (body.GetProperty("functionName").GetString(), body.GetProperty("reference").GetString(),
                body.GetProperty("publisher").GetString(), body.GetProperty("tags").GetRawText(), body.GetProperty("result").GetRawText()));
        Assert.True(TaskId.TryParse(body.GetProperty("taskId").GetString()!, out _));
        Assert.True(Guid.TryParse(heard.BasicProperties.MessageId, out _));
        Assert.Equal("-.fail.failed", failed.RoutingKey);
        Assert.Equal("It broke.", JsonElement.Parse(failed.Body.Span).GetProperty("error").GetProperty("message").GetString());
        Assert.Equal((0, 0), (await Cluster.Broker.CountAsync("shop"), await Cluster.Broker.CountAsync("failures")));
    }

    /// <returns>The event that ends each task.</returns>
    private async Task<Dictionary<TaskId, string>> EndInAllWaysAsync(int each)
    {
        Cluster.Invoker.On("fail", static _ => new InvocationResult.FunctionFailed("Broken", "It broke.", null, null));
        var (completed, failed, canceled) = (
            await Cluster.ScheduleAsync(each), await Cluster.ScheduleAsync(each, "fail"),
            await Cluster.ScheduleAsync(each, "never", s_never));
        foreach (var id in canceled)
        {
            await Cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}"}""", Queues.CancelTask);
        }

        return completed.Select(static id => (id, nameof(TaskCompleted)))
            .Concat(failed.Select(static id => (id, nameof(TaskFailed))))
            .Concat(canceled.Select(static id => (id, nameof(TaskCanceled)))).ToDictionary();
    }

    /// <summary>The broker takes every event, but for every third event the sender does not learn it the first time.</summary>
    private sealed class Forgetful(IEventSender inner) : IEventSender
    {
        private readonly HashSet<Guid> _lost = [];
        private int _sent;

        public int Sent => _sent;

        public async Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
        {
            await inner.SendAsync(outgoing, cancellationToken);
            var isThird = Interlocked.Increment(ref _sent) % 3 == 0;
            lock (_lost)
            {
                if (isThird && _lost.Count < 10 && _lost.Add(outgoing.MessageId))
                {
                    throw new TimeoutException("The confirm was lost.");
                }
            }
        }
    }
}
