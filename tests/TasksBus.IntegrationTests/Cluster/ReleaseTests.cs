using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Released tasks on the broker: their order, and messages that come late, twice or for nothing.</summary>
public sealed class ReleaseTests(LocalServers servers) : ClusterTest(servers)
{
    private const string Queue = "tasksbus.execute.default";

    private static readonly DateTimeOffset s_never = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_broker_delivers_a_higher_level_first_and_each_level_in_order()
    {
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        await MakeQueueAsync();
        var ids = Enumerable.Range(0, 8).Select(static _ => TaskId.New()).ToArray();
        byte[] levels = [0, 0, 1, 0, ReleaseWindow.MaxLevel, 1, 3, 0];
        for (var i = 0; i < ids.Length; i++)
        {
            await sender.SendAsync(PoolNames.Default, [ids[i]], levels[i], CancellationToken.None);
        }

        var messages = await Cluster.Broker.TakeAllAsync(Queue);

        int[] expected = [4, 6, 2, 5, 0, 1, 3, 7];
        Assert.Equal(expected.Select(i => ids[i]), messages.SelectMany(IdsIn));
        Assert.Equal(expected.Select(i => levels[i]), messages.Select(static message => message.BasicProperties.Priority));
        Assert.All(messages, static message => Assert.Equal(DeliveryModes.Transient, message.BasicProperties.DeliveryMode));
    }

    /// <summary>
    /// Sends as the dispatcher does: all at once. The message before them opens the channel. Sent together with it, they would arrive in
    /// any order.
    /// </summary>
    [Fact]
    public async Task What_is_sent_together_arrives_in_its_order()
    {
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        await MakeQueueAsync();
        var ids = Enumerable.Range(0, 200).Select(static _ => TaskId.New()).ToArray();
        await sender.SendAsync(PoolNames.Default, [ids[0]], 0, CancellationToken.None);

        await Task.WhenAll(ids.Skip(1).Select(id => sender.SendAsync(PoolNames.Default, [id], 0, CancellationToken.None)));

        Assert.Equal(ids, (await Cluster.Broker.TakeAllAsync(Queue)).SelectMany(IdsIn));
    }

    /// <summary>The database has so many workers that each task gets a message of its own, and nobody takes from the queue.</summary>
    [Fact]
    public async Task An_urgent_task_that_is_scheduled_later_is_delivered_before_those_that_wait_on_the_queue()
    {
        await MakeQueueAsync();
        for (var i = 0; i < 5; i++)
        {
            await Cluster.Store.AddWorkerAsync(new(Guid.NewGuid(), PoolNames.Default, 100, 0, "host", "1", 0), CancellationToken.None);
        }

        await Cluster.AddAsync(Roles.Api | Roles.Dispatcher);
        var common = await Cluster.ScheduleAsync(5);
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queue) >= 5, "they are on the queue");

        var urgent = await Cluster.ScheduleAsync(priority: 10);
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queue) >= 6, "the urgent one is on the queue");

        // A task that nobody took for five seconds may have been released again.
        var order = (await Cluster.Broker.TakeAllAsync(Queue)).SelectMany(IdsIn).Distinct().ToArray();
        Assert.Equal(urgent, order[0]);
        Assert.Equal(common, order[1..].Order());
    }

    [Fact]
    public async Task A_release_that_is_delivered_ten_times_at_once_to_two_workers_is_invoked_once_and_costs_no_slot()
    {
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 4);
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 4);
        var ids = await Cluster.ScheduleAsync(20);

        await Task.WhenAll(ids.SelectMany(
            id => Enumerable.Range(0, 10).Select(_ => sender.SendAsync(PoolNames.Default, [id], 0, CancellationToken.None))));

        await Cluster.CompleteAsync(ids);
        Assert.Equal(20, Cluster.Invoker.CountOf("greet"));
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queue) == 0, "all are taken");
        var answer = Cluster.Invoker.Hold("held");
        var held = await Cluster.ScheduleAsync(8, "held");
        await Task.WhenAll(held.Select(id => sender.SendAsync(PoolNames.Default, [id], 0, CancellationToken.None)));
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 8, "each slot takes a task");
        answer.SetResult(ScriptedInvoker.Success);
        await Cluster.CompleteAsync(held);
        Assert.Equal(8, Cluster.Invoker.CountOf("held"));
        Assert.Empty(await Cluster.Broker.ErrorQueuesAsync());
    }

    [Fact]
    public async Task A_release_of_a_task_that_is_not_to_run_is_nothing()
    {
        var member = await Cluster.AddAsync(Roles.Api | Roles.Worker, static options => options.WorkerSlots = 1);
        var (ended, canceled, early) =
            (await Cluster.ScheduleAsync(), await Cluster.ScheduleAsync("canceled"), await Cluster.ScheduleAsync("early", start: s_never));
        await member.Intake.CancelAsync(canceled);
        await SendAsync(ended);
        await Cluster.ReachesAsync(ended, TaskStates.Complete);

        await SendAsync(ended, canceled, early, TaskId.New());
        await SendAsync(TaskId.New());
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queue) == 0, "all are taken");
        var last = await Cluster.ScheduleAsync("last");
        await SendAsync(last);

        await Cluster.ReachesAsync(last, TaskStates.Complete);
        Assert.Equal((1, 0, 0), (Cluster.Invoker.CountOf("greet"), Cluster.Invoker.CountOf("canceled"), Cluster.Invoker.CountOf("early")));
        Assert.Equal(TaskStates.New, (await Cluster.FindAsync(early))!.Status);
        Assert.Empty(await Cluster.Broker.ErrorQueuesAsync());

        Task SendAsync(params TaskId[] ids) => member.Releases.SendAsync(PoolNames.Default, ids, 0, CancellationToken.None);
    }

    /// <summary>It takes from the queue a moment before it is in the database. There is no dispatcher to release anything again.</summary>
    [Fact]
    public async Task A_worker_that_starts_runs_what_waits_on_the_queue()
    {
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        await MakeQueueAsync();
        var ids = await Cluster.ScheduleAsync(40);
        await Task.WhenAll(ids.Select(id => sender.SendAsync(PoolNames.Default, [id], 0, CancellationToken.None)));

        await Cluster.AddAsync(Roles.Worker);

        await Cluster.CompleteAsync(ids);
    }

    [Fact]
    public async Task What_is_no_release_is_in_the_error_queue_once_and_the_next_is_taken()
    {
        await Cluster.AddAsync();

        await Cluster.Broker.PublishAsync("garbage"u8.ToArray(), Queue);
        await Cluster.Broker.PublishJsonAsync("""{"taskIds":["none"]}""", Queue);
        await Cluster.Broker.PublishAsync(
            """{"messageType":["urn:message:TasksBus.Contracts:CancelTask"],"message":{}}"""u8.ToArray(), Queue,
            properties: new() { ContentType = "application/vnd.masstransit+json" });

        await Cluster.ReachesAsync(await Cluster.ScheduleAsync(), TaskStates.Complete);
        Assert.All(await Cluster.Broker.ErrorsAsync(Queue, expected: 3), static reason => Assert.NotEmpty(reason));
        Assert.Equal(0, await Cluster.Broker.CountAsync(Queue));
    }

    [Fact]
    public async Task A_worker_without_free_slots_hands_back_what_it_got_on_its_level_and_another_takes_it()
    {
        var sender = (await Cluster.AddAsync(Roles.Api)).Releases;
        List<byte> levels = [];
        var (busy, free) = (new ScriptedInvoker(), new ScriptedInvoker());
        await Cluster.AddAsync(
            Roles.Worker, static options => options.WorkerSlots = 1, busy, services => services.AddSingleton<IReleaseSender>(
            provider => new WatchedSender(
                new TasksBus.Messaging.BusReleaseSender(
                    provider.GetRequiredService<MassTransit.IBus>(), provider.GetRequiredService<TasksBus.Messaging.IMessageTransport>()),
                levels)));
        var answer = busy.Hold("held");
        await sender.SendAsync(PoolNames.Default, [await Cluster.ScheduleAsync("held")], 0, CancellationToken.None);
        await Eventually.TrueAsync(() => busy.CountOf("held") == 1, "it is full");
        await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 10, free);

        var ids = await Cluster.ScheduleAsync(40);
        await Task.WhenAll(ids.Chunk(2).Select(two => sender.SendAsync(PoolNames.Default, two, 3, CancellationToken.None)));

        await Cluster.CompleteAsync(ids);
        Assert.Equal((0, 40), (busy.CountOf("greet"), free.CountOf("greet")));
        answer.SetResult(ScriptedInvoker.Success);
        Assert.NotEmpty(levels);
        Assert.All(levels, static level => Assert.Equal(3, level));
    }

    /// <summary>A worker that is gone leaves its queue behind.</summary>
    private async Task MakeQueueAsync()
    {
        var worker = await Cluster.AddAsync(Roles.Worker);
        await worker.StopAsync();
    }

    private static IEnumerable<TaskId> IdsIn(BasicGetResult message) =>
        JsonElement.Parse(message.Body.Span)
            .GetProperty("message").GetProperty("taskIds").EnumerateArray().Select(static id => TaskId.Parse(id.GetString()!));

    private sealed class WatchedSender(IReleaseSender inner, List<byte> levels) : IReleaseSender
    {
        public Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken)
        {
            lock (levels)
            {
                levels.Add(level);
            }

            return inner.SendAsync(pool, ids, level, cancellationToken);
        }
    }
}
