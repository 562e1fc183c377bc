using System.Text;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Whatever a stranger puts on a queue goes to its error queue with the reason, and holds up nothing.</summary>
[Collection(NeedsServers.Name)]
public sealed class BadInputTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    private const string Plain = "application/json";
    private const string Nameless = "an idempotencyKey or a taskId is required";
    private const string Envelope = "application/vnd.masstransit+json";

    private readonly TestCluster _cluster = running.Cluster;

    public static TheoryData<string, string?, string, string> Bad => new()
    {
        { Queues.ScheduleTask, Plain, "\0\u0001 garbage", "BODY_FORMAT_EXCEPTION (22): The body is not JSON" },
        { Queues.ScheduleTask, Envelope, "garbage", "The body is not JSON" },
        { Queues.ScheduleTask, null, "garbage", "The body is not JSON" },
        { Queues.ScheduleTask, "no type", "garbage", "The body is not JSON" },
        { Queues.ScheduleTask, null, """{"functionName":"not a name"}""", "functionName must be" },
        { Queues.ScheduleTask, "text/plain", """{"functionName":"not a name"}""", "functionName must be" },
        { Queues.ScheduleTask, "application/octet-stream", """{"functionName":"bad","priority":"5"}""", "priority must be an integer" },
        { Queues.ScheduleTask, Plain, "", "EMPTY_BODY_EXCEPTION (13)" },
        { Queues.ScheduleTask, Plain, "null", "must be a JSON object; got null" },
        { Queues.ScheduleTask, Plain, "[]", "must be a JSON object; got array" },
        { Queues.ScheduleTask, Envelope, """{"some":"JSON"}""", "has messageType, an array, and message, an object" },
        { Queues.ScheduleTask, Envelope, """{"messageType":"text","message":1}""", "has messageType" },
        { Queues.ScheduleTask, Envelope,
            """{"messageType":["urn:message:TasksBus.Contracts:CancelTask"],"message":{"taskId":"507f1f77bcf86cd799439011"}}""",
            "of no type that this queue takes" },
        { Queues.ScheduleTask, Envelope, """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"]}""", "has messageType" },
        { Queues.ScheduleTask, Envelope,
            """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":"bad"}}""", Nameless },
        { Queues.ScheduleTask, Envelope, """{"messageType":[],"message":{"functionName":"bad"}}""", "of no type that this queue takes" },
        { Queues.ScheduleTask, Envelope,
            """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":""},"""
                + "\"responseAddress\":\"http://nowhere/x\"}", "functionName" },
        { Queues.ScheduleTask, Envelope,
            """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{"functionName":""},"""
                + "\"faultAddress\":\"no address\"}", "functionName" },
        { Queues.ScheduleTask, Envelope,
            """{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":7,"responseAddress":"rabbitmq://nowhere/x"}""",
            "message, an object" },
        { Queues.ScheduleTask, Plain, """{"data":{}}""", "functionName" },
        { Queues.ScheduleTask, Plain, """{"functionName":null}""", "functionName" },
        { Queues.ScheduleTask, Plain, """{"functionName":1}""", "functionName must be a string; got 1" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","data":"text"}""", "data must be a JSON object" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":1.5}""",
            "priority must be an integer from -9007199254740991 to 9007199254740991; got 1.5" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":1e3}""", "priority must be an integer" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":"5"}""", "priority must be an integer" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","priority":9223372036854775808}""", "priority must be an integer" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","startTimestamp":"tomorrow"}""",
            "startTimestamp must be an ISO 8601 timestamp" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","tags":[null]}""", "tags must be an array of strings; got null" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","taskId":"none"}""", "taskId must be 24 hex digits" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","taskId":"000000000000000000000000"}""", "taskId must not be all zeros" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","idempotencyKey":""}""", "idempotencyKey must be a text of 1 to 255" },
        { Queues.ScheduleTask, Plain, """{"functionName":"bad","idempotencyKey":"x","taskId":"507f1f77bcf86cd799439011"}""", "not both" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[]}""", "must be an array of 1 to 1000 tasks; got 0" },
        { Queues.ScheduleTasks, Plain, """{"tasks":null}""", "tasks must be an array of 1 to 1000 tasks; got null" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[null]}""", "tasks[0]" },
        { Queues.ScheduleTasks, Plain, """{"tasks":[{"functionName":"bad"},{"functionName":"bad","priority":9007199254740992}]}""",
            "tasks[1]: priority" },
        { Queues.ScheduleTasks, Plain, """{"functionName":"bad"}""", "tasks" },
        { Queues.CancelTask, Plain, """{"taskId":"none"}""", "taskId must be 24 hex digits" },
        { Queues.CancelTask, Plain, "{}", "taskId is required" },
        { Queues.CancelTask, Envelope, "garbage", "The body is not JSON" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public Task It_is_in_the_error_queue_once_and_the_next_good_message_is_handled(
        string queue, string? contentType, string body, string reason) =>
        RefuseAsync(queue, contentType, Encoding.UTF8.GetBytes(body), reason);

    [Fact]
    public Task So_are_bytes_that_are_no_text() =>
        RefuseAsync(Queues.ScheduleTask, Plain, [0xff, 0xfe, 0x00, 0x80], "The body is not UTF-8");

    [Fact]
    public Task So_is_data_that_is_too_large() => RefuseAsync(
        Queues.ScheduleTask, Plain,
        Encoding.UTF8.GetBytes($$$"""{"functionName":"bad","data":{"x":"{{{new string('x', 6 * 1024 * 1024)}}}"}}"""), "data has");

    [Fact]
    public Task So_are_too_many_tasks() => RefuseAsync(
        Queues.ScheduleTasks, Plain,
        Encoding.UTF8.GetBytes($$"""{"tasks":[{{string.Join(',', Enumerable.Repeat("""{"functionName":"bad"}""", 1_001))}}]}"""),
        "got 1001");

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

        if (reason != Nameless)
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
            await _cluster.Broker.CountAsync(queue), await _cluster.Broker.CountAsync($"{queue}_error"),
            await _cluster.Broker.CountAsync($"{queue}_skipped")));
        Assert.Equal(0, _cluster.Invoker.CountOf("bad"));
    }
}
