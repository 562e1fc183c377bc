using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Client.MassTransit;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>The client over a service's own bus, against a cluster on RabbitMQ.</summary>
public sealed class BusClientTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_task_is_scheduled_and_its_end_has_the_result_and_what_came_with_the_task()
    {
        var deepest = new string('[', KeptResults.MaxDepth - 1) + new string(']', KeptResults.MaxDepth - 1);
        Cluster.Invoker.On("resize", _ => new InvocationResult.Succeeded(
            System.Text.Encoding.UTF8.GetBytes($$"""{"width":640,"größe":"ü","deep":{{deepest}}}"""), null, null));
        await Cluster.AddAsync(options: static options => options.KeepResults = [KeptResults.All]);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address, static options => options.Publisher = "webshop");

        var task = await service.Tasks.ScheduleAndWaitAsync(
            "resize", new { Id = 5 }, s_minute, new() { Priority = 7, Tags = ["tour"], Reference = "order 17" }).EndsAsync();

        Assert.Equal(
            (TaskStates.Complete, 7L, "tour", "order 17", "webshop"),
            (task.EnsureComplete().Status, task.Priority, Assert.Single(task.Tags), task.Reference, task.Publisher));
        var result = task.ReadResult<JsonElement>();
        Assert.Equal((640, "ü"), (result.GetProperty("width").GetInt32(), result.GetProperty("größe").GetString()));
        Assert.Equal(deepest, result.GetProperty("deep").GetRawText());
        Assert.Null(task.Data);
        Assert.Equal(5, JsonElement.Parse((await Cluster.FindAsync(task.Id))!.Data!).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task A_wait_ends_by_what_it_hears_even_if_the_clock_for_its_looks_stands_still()
    {
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(
            Cluster.Broker.Address, bus: static bus => bus.AddSingleton<TimeProvider>(new FakeTimeProvider()));

        for (var round = 0; round < 10; round++)
        {
            var id = await service.Tasks.ScheduleAsync("any", new { });
            Assert.Equal(TaskStates.Complete, (await service.Tasks.WaitAsync(id).EndsAsync()).Status);
        }
    }

    [Fact]
    public async Task Hundreds_wait_on_one_queue_that_goes_with_the_service()
    {
        var held = Cluster.Invoker.Hold("held");
        await Cluster.AddAsync(options: static options => options.WorkerSlots = 10);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        var ids = await service.Tasks.ScheduleManyAsync(
            [.. Enumerable.Range(0, 200).Select(n => service.Tasks.NewTask("held", new { n }, new() { IdempotencyKey = $"held {n}" }))]);

        var waiting = ids.Select(id => service.Tasks.WaitAsync(id, s_minute)).ToArray();
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 10, "the slots are full");
        await Eventually.TrueAsync(async () => await QueuesOfEndsAsync() == 1, "there is a queue for the ends");
        Assert.DoesNotContain(waiting, static task => task.IsCompleted);
        held.SetResult(ScriptedInvoker.Success);

        Assert.Equal(ids, (await Task.WhenAll(waiting).EndsAsync()).Select(static task => task.EnsureComplete().Id));
        Assert.Equal(0, service.Listener.Waits);
        Assert.True(service.Listener.IsConnected);
        await service.DisposeAsync();
        await Eventually.TrueAsync(async () => await QueuesOfEndsAsync() == 0, "the queue is gone");
    }

    [Fact]
    public async Task An_end_that_nobody_announces_is_found_and_so_is_one_from_before_the_wait()
    {
        var held = Cluster.Invoker.Hold("held");
        await Cluster.AddAsync(options: static options => options.Events = [nameof(TaskStarted)]);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        var id = await service.Tasks.ScheduleAsync("held", new { });
        var waiting = service.Tasks.WaitAsync(id, s_minute);
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 1, "it runs");
        Assert.False(waiting.IsCompleted);

        held.SetResult(ScriptedInvoker.Success);

        Assert.Equal(TaskStates.Complete, (await waiting.EndsAsync()).Status);
        Assert.Equal(TaskStates.Complete, (await service.Tasks.WaitAsync(id, s_minute).EndsAsync()).Status);
    }

    [Fact]
    public async Task A_task_that_is_retried_is_followed_to_the_one_that_ends()
    {
        var tries = 0;
        Cluster.Invoker.On("weak", _ => Interlocked.Increment(ref tries) < 3
            ? new InvocationResult.FunctionFailed("Weak", "not yet", null, null) : ScriptedInvoker.Success);
        await Cluster.AddAsync();
        await using PostgresDatabase elsewhere = new(Cluster.Database.ConnectionString);
        await elsewhere.ManageAsync("weak", static function => function.IsRetried = true);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);

        var id = await service.Tasks.ScheduleAsync("weak", new { });
        var ended = await service.Tasks.WaitAsync(id, s_minute).EndsAsync();

        Assert.Equal((TaskStates.Complete, 2), (ended.Status, ended.RetryForTaskIds.Count));
        Assert.Equal(id, ended.RetryForTaskIds[0]);
        var first = await service.Tasks.FindAsync(id);
        Assert.Equal(
            (TaskStates.Retried, "Weak", ended.RetryForTaskIds[1]), (first!.Status, first.Error!.Name, first.RetriedByTaskId!.Value));
    }

    [Fact]
    public async Task A_wait_goes_on_while_the_broker_is_away_and_finds_an_end_of_that_time()
    {
        var held = Cluster.Invoker.Hold("held");
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(
            Cluster.Broker.Address,
            // A broker takes a minute to come back on a busy machine.
            static options => (options.RequestTimeout, options.RetryFor) = (TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10)));
        var id = await service.Tasks.ScheduleAsync("held", new { });
        var waiting = service.Tasks.WaitAsync(id);
        await Eventually.TrueAsync(() => Cluster.Invoker.CountOf("held") == 1, "it runs");

        await Servers.StopRabbitMqAsync();
        Task<TaskId> scheduling;
        try
        {
            held.SetResult(ScriptedInvoker.Success);
            await Cluster.ReachesAsync(id, TaskStates.Complete);
            scheduling = service.PublishAsync(publisher => publisher.ScheduleAsync("meanwhile", new { }));
            Assert.Equal(HealthStatus.Unhealthy, (await service.CheckHealthAsync()).Status);
            Assert.False(waiting.IsCompleted);
        }
        finally
        {
            await Servers.StartRabbitMqAsync();
        }

        Assert.Equal(TaskStates.Complete, (await waiting.EndsAsync()).Status);
        var meanwhile = await service.Tasks.WaitAsync(await scheduling.EndsAsync(), s_minute).EndsAsync();
        Assert.Equal((TaskStates.Complete, 1), (meanwhile.Status, Cluster.Invoker.CountOf("meanwhile")));
        await Eventually.TrueAsync(
            async () => (await service.CheckHealthAsync()).Status == HealthStatus.Healthy, "the check is healthy again");
    }

    [Fact]
    public async Task A_wait_ends_at_its_time_out_and_when_its_caller_cancels_it()
    {
        var held = Cluster.Invoker.Hold("held");
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(
            Cluster.Broker.Address, static options => options.RetryFor = TimeSpan.FromSeconds(1));
        var id = await service.Tasks.ScheduleAsync("held", new { });
        await Cluster.ReachesAsync(id, TaskStates.InProgress);

        var late = await Assert.ThrowsAsync<TimeoutException>(() => service.Tasks.WaitAsync(id, TimeSpan.FromSeconds(1)).EndsAsync());
        Assert.Contains("it was inProgress when it was last read", late.Message, StringComparison.Ordinal);

        using CancellationTokenSource caller = new();
        var waiting = service.Tasks.WaitAsync(id, cancellationToken: caller.Token);
        await Eventually.TrueAsync(() => service.Listener.Waits == 1, "it waits");
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.EndsAsync());

        var unknown = await Assert.ThrowsAsync<ResourceUnknownException>(
            () => service.Tasks.WaitAsync(TaskId.New()).EndsAsync());
        Assert.Equal(ErrorCode.ResourceUnknown, unknown.Code);
        Assert.Null(await service.Tasks.FindAsync(TaskId.New()));
        Assert.Equal(0, service.Listener.Waits);
        held.SetResult(ScriptedInvoker.Success);
    }

    [Fact]
    public async Task What_the_server_refuses_is_the_exception_that_HTTP_has_for_it()
    {
        await Cluster.AddAsync(options: static options => options.OnlyRegisteredFunctions = true);
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);

        var refused = await Assert.ThrowsAsync<ResourceUnknownException>(
            () => service.Tasks.ScheduleAsync("nobody-knows-it", new { }).EndsAsync());

        Assert.StartsWith("There is no function 'nobody-knows-it'", refused.Message, StringComparison.Ordinal);
        // A rule that the client knows is checked before anything is sent.
        var wrong = await Assert.ThrowsAsync<TaskRefusedException>(
            () => service.PublishAsync(publisher => publisher.ScheduleAsync("no name", new { })));
        Assert.Equal(ErrorCode.FieldFormat, wrong.Code);
        await Assert.ThrowsAsync<TaskRefusedException>(() => service.Tasks.ScheduleAsync("no name", new { }));
        Assert.Single(await Cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
    }

    [Fact]
    public async Task A_cancel_says_what_became_of_the_task_and_a_published_one_counts_too()
    {
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        ScheduleOptions later = new() { StartTimestamp = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var asked = await service.Tasks.ScheduleAsync("never", new { }, later);
        var told = await service.PublishAsync(publisher => publisher.ScheduleAsync("never", new { }, later));

        Assert.Equal(
            new CancelTaskResult(asked.ToString(), true, TaskStates.Canceled), await service.Tasks.CancelAsync(asked).EndsAsync());
        await service.PublishAsync(async publisher =>
        {
            await publisher.CancelAsync(told);
            return true;
        });

        var ended = await service.Tasks.WaitAsync(told, s_minute).EndsAsync();
        Assert.Equal(TaskStates.Canceled, ended.Status);
        Assert.Throws<TaskNotCompleteException>(ended.EnsureComplete);
    }

    [Fact]
    public async Task The_same_id_or_key_makes_one_task_on_every_way()
    {
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        ScheduleOptions mine = new() { IdempotencyKey = "order 4711" };

        var published = await service.PublishAsync(publisher => publisher.ScheduleAsync("once", new { n = 1 }, mine));
        var asked = await service.Tasks.ScheduleAsync("once", new { n = 1 }, mine);
        var batch = await service.PublishAsync(
            publisher => publisher.ScheduleManyAsync([publisher.NewTask("once", new { n = 1 }, mine)]));

        Assert.Equal(TaskId.FromKey("order 4711"), published);
        Assert.Equal((published, published), (asked, Assert.Single(batch)));
        await Cluster.ReachesAsync(published, TaskStates.Complete);
        Assert.Equal(1, await Cluster.CountTasksAsync());
    }

    [Fact]
    public async Task An_input_arrives_as_it_is_up_to_the_limit_of_its_size()
    {
        await Cluster.AddAsync();
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        // MassTransit's own serializer would indent it and escape it.
        var text = $$"""{"Key":1,"key":[1,2,[3]],"":12345678901234567890.10,"emoji":"{{new string('x', 100)}}😀\u0000"}""";
        var largest = $$"""{"a":"{{string.Concat(Enumerable.Repeat("😀", (TaskRules.MaxDataBytes - 8) / 4))}}"}""";

        var small = await service.PublishAsync(publisher => publisher.ScheduleAsync(TaskOf(text)));
        var large = await service.Tasks.ScheduleAsync(TaskOf(largest)).EndsAsync();

        await Cluster.CompleteAsync([small, large]);
        Assert.Equal(text, (await Cluster.FindAsync(small))!.Data);
        Assert.Equal(largest, (await Cluster.FindAsync(large))!.Data);

        static ScheduleTask TaskOf(string data) => new() { FunctionName = "any", Data = JsonElement.Parse(data) };
    }

    [Fact]
    public async Task A_task_for_a_broker_at_which_no_api_has_started_yet_is_kept_until_one_does()
    {
        await using var service = await BusService.StartAsync(Cluster.Broker.Address);
        var scheduling = service.PublishAsync(publisher => publisher.ScheduleAsync("early", new { }));
        await Eventually.TrueAsync(
            () => Cluster.Broker.HasExchangeAsync("TasksBus.Contracts:ScheduleTask"), "the service has published it");
        Assert.False(scheduling.IsCompleted);

        await Cluster.AddAsync();

        await Cluster.ReachesAsync(await scheduling.EndsAsync(), TaskStates.Complete);
    }

    private async Task<int> QueuesOfEndsAsync() => (await Cluster.Broker.ListAsync("queues", "name")).Count(
        static name => name.Contains("_tasksbus_", StringComparison.Ordinal));
}
