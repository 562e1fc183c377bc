using System.Text;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Whatever a stranger puts on a queue ends in its error queue with the reason, and holds up nothing.</summary>
[Collection(NeedsServers.Name)]
public sealed class BadInputTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    private const string Plain = "application/json";
    private const string Envelope = "application/vnd.masstransit+json";

    private readonly TestCluster _cluster = running.Cluster;

    public static TheoryData<string, string?, string, string> Bad => new()
    {
        { Queues.ScheduleTask, Plain, "\0\u0001 garbage", "" },
        { Queues.ScheduleTask, Envelope, "garbage", "" },
        { Queues.ScheduleTask, null, "garbage", "" },
        { Queues.ScheduleTask, "no type", "garbage", "" },
        { Queues.ScheduleTask, Plain, "", "" },
        { Queues.ScheduleTask, Plain, "null", "" },
        { Queues.ScheduleTask, Plain, "[]", "" },
        { Queues.ScheduleTask, Envelope, """{"some":"JSON"}""", "" },
        { Queues.ScheduleTask, Envelope, """{"messageType":"text","message":1}""", "" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:CancelTask"],"message":{"taskId":"507f1f77bcf86cd799439011"}}""", "of no type that this queue takes" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"]}""", "" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":"bad"}}""", "taskId or a message id" },
        { Queues.ScheduleTask, Envelope, """{"messageType":[],"message":{"functionName":"bad"}}""", "of no type that this queue takes" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":""},"responseAddress":"http://nowhere/x"}""", "address" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":""},"faultAddress":"no address"}""", "" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":7,"responseAddress":"rabbitmq://nowhere/x"}""", "" },
        { Queues.ScheduleTask, Plain, """{"data":{}}""", "functionName" },
        { Queues.ScheduleTask, Plain, """{"functionName":null}""", "functionName" },
        { Queues.ScheduleTask, Plain, """{"functionName":1}""", "'Number' as a string" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","data":"text"}""", "data must be a JSON object" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":1.5}""", "Int64" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":9223372036854775808}""", "Int64" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","startTimestamp":"tomorrow"}""", "ISO 8601" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","tags":[null]}""", "tags must be strings" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","taskId":"none"}""", "taskId must be 24 hex digits" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[]}""", "from 1 to 1000 in one message; got 0" },
        { Queues.ScheduleTasks, Plain, """{"tasks":null}""", "tasks" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[null]}""", "tasks[0]" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[{"functionName":"bad"},{"functionName":"bad","priority":9007199254740992}]}""", "tasks[1]: priority" },
        { Queues.ScheduleTasks, Plain, """{"functionName":"bad"}""", "tasks" },
        { Queues.CancelTask, Plain, """{"taskId":"none"}""", "taskId must be 24 hex digits" },
        { Queues.CancelTask, Plain, "{}", "taskId" },
        { Queues.CancelTask, Envelope, "garbage", "" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public Task It_is_in_the_error_queue_once_and_the_next_good_message_is_handled(string queue, string? contentType, string body, string reason) =>
        RefuseAsync(queue, contentType, Encoding.UTF8.GetBytes(body), reason);

    [Fact]
    public Task So_are_bytes_that_are_no_text() => RefuseAsync(Queues.ScheduleTask, Plain, [0xff, 0xfe, 0x00, 0x80], "");

    [Fact]
    public Task So_is_data_that_is_too_large() => RefuseAsync(
        Queues.ScheduleTask, Plain, Encoding.UTF8.GetBytes($$$"""{"functionName":"bad","data":{"x":"{{{new string('x', 6 * 1024 * 1024)}}}"}}"""), "data has");

    [Fact]
    public Task So_are_too_many_tasks() => RefuseAsync(
        Queues.ScheduleTasks, Plain, Encoding.UTF8.GetBytes($$"""{"tasks":[{{string.Join(',', Enumerable.Repeat("""{"functionName":"bad"}""", 1_001))}}]}"""), "got 1001");

    [Fact]
    public async Task Data_of_the_largest_size_passes()
    {
        var id = TaskId.New();
        var data = $$"""{"x":"{{new string('x', 6 * 1024 * 1024 - 256 * 1024 - 8)}}"}""";

        await _cluster.Broker.PublishJsonAsync($$"""{"taskId":"{{id}}","functionName":"large","data":{{data}}}""", Queues.ScheduleTask);

        await _cluster.ReachesAsync(id, TaskStates.Complete);
        Assert.Equal(data.Length, _cluster.Invoker.Invocations.Single(one => one.Id == id).Event.GetProperty("data").GetRawText().Length);
    }

    private async Task RefuseAsync(string queue, string? contentType, byte[] body, string reason)
    {
        var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent };
        if (contentType is not null)
        {
            properties.ContentType = contentType;
        }

        if (reason != "taskId or a message id")
        {
            properties.MessageId = Guid.NewGuid().ToString();
        }

        var good = TaskId.New();
        await _cluster.Broker.PublishAsync(body, queue, properties: properties);
        await _cluster.Broker.PublishJsonAsync(queue switch
        {
            Queues.ScheduleTask => $$"""{"functionName":"good","taskId":"{{good}}"}""",
            Queues.ScheduleTasks => $$"""{"tasks":[{"functionName":"good","taskId":"{{good}}"}]}""",
            _ => $$"""{"taskId":"{{good = await _cluster.ScheduleAsync("good", start: new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero))}}"}""",
        }, queue);

        await _cluster.ReachesAsync(good, queue == Queues.CancelTask ? TaskStates.Canceled : TaskStates.Complete);
        var given = Assert.Single(await _cluster.Broker.ErrorsAsync(queue));
        Assert.False(string.IsNullOrWhiteSpace(given), "The reason is empty.");
        Assert.Contains(reason, given, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((0, 0, 0), (
            await _cluster.Broker.CountAsync(queue), await _cluster.Broker.CountAsync($"{queue}_error"), await _cluster.Broker.CountAsync($"{queue}_skipped")));
        Assert.Equal(0, _cluster.Invoker.CountOf("bad"));
    }
}
