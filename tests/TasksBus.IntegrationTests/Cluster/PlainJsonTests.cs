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
            """{"functionName":"plain","startTimestamp":"2020-01-01T00:00:00","priority":-3,"tags":["x"],"more":1}""", queue, exchange, messageId.ToString());

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
    [InlineData("")]
    [InlineData("no uuid")]
    public async Task Without_the_id_of_a_task_or_of_a_message_it_goes_to_the_error_queue(string messageId)
    {
        await _cluster.Broker.PublishJsonAsync("""{"functionName":"nameless"}""", Queues.ScheduleTask, messageId: messageId);

        var reason = Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        Assert.Contains("taskId or a message id is required", reason, StringComparison.Ordinal);
        Assert.Equal(0, _cluster.Invoker.CountOf("nameless"));
    }

    [Fact]
    public async Task An_id_of_a_task_is_enough()
    {
        var id = TaskId.New();

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}","functionName":"named"}""", Queues.ScheduleTask, messageId: "");

        await _cluster.ReachesAsync(id, TaskStates.Complete);
    }
}
