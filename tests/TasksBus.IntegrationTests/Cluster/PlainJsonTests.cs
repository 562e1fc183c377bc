using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Commands as plain JSON, from a client that knows AMQP and nothing of MassTransit.</summary>
[Collection(NeedsServers.Name)]
public sealed class PlainJsonTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    private readonly TestCluster _cluster = running.Cluster;

    [Theory]
    [InlineData(Queues.ScheduleTask, "")]
    [InlineData("", Queues.ScheduleTask)]
    [InlineData("", "TasksBus.Contracts:ScheduleTask")]
    public async Task A_task_is_made_whichever_way_the_message_comes_to_its_queue(string queue, string exchange)
    {
        var messageId = Guid.NewGuid();

        await _cluster.Broker.PublishJsonAsync(
            """{"functionName":"plain","startTimestamp":"2020-01-01T00:00:00","priority":-3,"tags":["x"],"more":1}""", queue, exchange,
            messageId.ToString());

        var task = await _cluster.ReachesAsync(TaskId.FromMessage(messageId), TaskStates.Complete);
        Assert.Equal(("plain", -3, "x"), (task.FunctionName, task.Priority, Assert.Single(task.Tags)));
        Assert.Equal(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), task.StartTimestamp);
    }

    [Theory]
    [InlineData("""{"n":123456789012345678901234567890,"big":9007199254740993,"small":1e-400,"decimal":0.10}""")]
    [InlineData("""{"key":1,"KEY":2,"Key":3,"":4}""")]
    [InlineData("""{"nul":"a\u0000b","quote":"\"\\/","umlaut":"\u00fcü","html":"<&>'+"}""")]
    [InlineData("""{"nothing":null,"list":[null,{},[],true,false],"$type":"x","message":{"messageType":["urn:message:x"]}}""")]
    [InlineData("""{"time":"2021-09-29T15:17:07.0510000+02:00","half":"\ud800"}""")]
    [InlineData("{}")]
    public async Task The_function_gets_the_data_that_was_sent_to_the_letter(string data)
    {
        var id = TaskId.New();

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}","functionName":"echo","data":{{data}}}""", Queues.ScheduleTask);

        await _cluster.ReachesAsync(id, TaskStates.Complete);
        Assert.Equal(data, _cluster.Invoker.Invocations.Single(one => one.Id == id).Event.GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":[1,2,]}""")]
    [InlineData("""{"a":/* one */1}""")]
    public async Task Data_that_is_not_quite_JSON_is_refused(string data)
    {
        var id = TaskId.New();

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}","functionName":"echo","data":{{data}}}""", Queues.ScheduleTask);

        Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        Assert.Null(await _cluster.FindAsync(id));
    }

    [Fact]
    public async Task Many_tasks_come_in_one_message()
    {
        var (messageId, chosen) = (Guid.NewGuid(), TaskId.New());

        await _cluster.Broker.PublishJsonAsync(
            $$$"""{"tasks":[{"functionName":"many","data":{"n":1}},{"functionName":"many","taskId":"{{{chosen}}}","data":{"n":2}}]}""",
            Queues.ScheduleTasks, messageId: messageId.ToString());

        await _cluster.CompleteAsync([TaskId.FromMessage(messageId, 0), chosen]);
        Assert.Equal(["1", "2"], _cluster.Invoker.Invocations.Where(static one => one.FunctionName == "many")
            .Select(static one => one.Event.GetProperty("data").GetProperty("n").GetRawText()).Order());
    }

    [Fact]
    public async Task A_task_is_canceled()
    {
        var id = await _cluster.ScheduleAsync("never", start: new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}"}""", Queues.CancelTask);

        await _cluster.ReachesAsync(id, TaskStates.Canceled);
    }

    [Fact]
    public async Task The_same_message_twice_makes_one_task()
    {
        var messageId = Guid.NewGuid();
        var before = await _cluster.CountTasksAsync();

        for (var i = 0; i < 2; i++)
        {
            await _cluster.Broker.PublishJsonAsync("""{"functionName":"twice"}""", Queues.ScheduleTask, messageId: messageId.ToString());
        }

        await _cluster.ReachesAsync(TaskId.FromMessage(messageId), TaskStates.Complete);
        await Eventually.TrueAsync(async () => await _cluster.Broker.CountAsync(Queues.ScheduleTask) == 0, "both are taken");
        Assert.Equal(before + 1, await _cluster.CountTasksAsync());
        Assert.Equal(1, _cluster.Invoker.CountOf("twice"));
    }

    [Theory]
    [InlineData("", "A message id (a UUID, or a key of your own), an idempotencyKey or a taskId is required")]
    [InlineData("00000000-0000-0000-0000-000000000000", "The message id must not be all zeros")]
    public async Task Without_an_id_that_it_could_derive_one_from_it_goes_to_the_error_queue(string messageId, string expected)
    {
        await _cluster.Broker.PublishJsonAsync("""{"functionName":"nameless"}""", Queues.ScheduleTask, messageId: messageId);
        await _cluster.Broker.PublishJsonAsync(
            """{"tasks":[{"functionName":"nameless","taskId":"507f1f77bcf86cd799439012"},{"functionName":"nameless"}]}""",
            Queues.ScheduleTasks, messageId: messageId);

        Assert.Contains(expected, Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask)), StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTasks)), StringComparison.Ordinal);
        Assert.Equal(0, _cluster.Invoker.CountOf("nameless"));
        Assert.Null(await _cluster.FindAsync(TaskId.Parse("507f1f77bcf86cd799439012")));
    }

    [Fact]
    public async Task A_key_of_the_publishers_own_makes_one_task_and_the_first_content_stays()
    {
        foreach (var name in new[] { "first", "second" })
        {
            await _cluster.Broker.PublishJsonAsync($$"""{"functionName":"{{name}}"}""", Queues.ScheduleTask, messageId: "order-1");
            await _cluster.Broker.PublishJsonAsync($$"""{"functionName":"{{name}}","idempotencyKey":"order-2"}""", Queues.ScheduleTask);
            await Eventually.TrueAsync(async () => await _cluster.FindAsync(TaskId.FromKey("order-1")) is not null
                && await _cluster.FindAsync(TaskId.FromKey("order-2")) is not null, "both are stored");
        }

        await Eventually.TrueAsync(async () => await _cluster.Broker.CountAsync(Queues.ScheduleTask) == 0, "all are taken");
        Assert.Equal("first", (await _cluster.ReachesAsync(TaskId.FromKey("order-1"), TaskStates.Complete)).FunctionName);
        Assert.Equal("first", (await _cluster.ReachesAsync(TaskId.FromKey("order-2"), TaskStates.Complete)).FunctionName);
        Assert.Equal(0, _cluster.Invoker.CountOf("second"));
    }

    /// <summary>Serializers of .NET write them so by default.</summary>
    [Fact]
    public async Task Names_of_fields_may_differ_in_case()
    {
        var id = TaskId.New();

        await _cluster.Broker.PublishJsonAsync(
            $$"""{"TaskId":"{{id}}","FunctionName":"cased","Data":{"N":1},"StartTimestamp":"2100-01-01T00:00:00Z","Priority":3}""",
            Queues.ScheduleTask);

        var task = await _cluster.ReachesAsync(id, TaskStates.New);
        Assert.Equal(("cased", 3, """{"N":1}"""), (task.FunctionName, task.Priority, task.Data));
    }

    [Fact]
    public async Task An_id_of_a_task_is_enough()
    {
        var id = TaskId.New();

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}","functionName":"named"}""", Queues.ScheduleTask, messageId: "");

        await _cluster.ReachesAsync(id, TaskStates.Complete);
    }
}
