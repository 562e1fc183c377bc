using TasksBus.Contracts;
using TasksBus.Messaging;
using Xunit;

namespace TasksBus.UnitTests.Messaging;

/// <summary>Where answers may go: to queues of other services, by their bare names.</summary>
public sealed class RequesterTests
{
    [Theory]
    [InlineData("queue:replies", "replies")]
    [InlineData("queue:replies?durable=false", "replies")]
    [InlineData("queue:amq.gen-3xQ8", "amq.gen-3xQ8")]
    [InlineData("queue:amq.rabbitmq.reply-to.g1h/kAB+==.x", "amq.rabbitmq.reply-to.g1h/kAB+==.x")]
    [InlineData("rabbitmq://localhost/tasksbus/service_bus_7x?temporary=true", "service_bus_7x")]
    [InlineData("rabbitmqs://mq.example.com:5671/service%20bus?temporary=true", "service bus")]
    public void A_queue_is_answered(string address, string queue) => Assert.Equal(queue, QueueOf(address));

    [Theory]
    [InlineData("")]
    [InlineData("queue:")]
    [InlineData("replies")]
    [InlineData("no address")]
    [InlineData("exchange:replies")]
    [InlineData("topic:replies")]
    [InlineData("http://nowhere/replies")]
    [InlineData("loopback://localhost/replies")]
    [InlineData("rabbitmq://localhost/")]
    [InlineData("queue:tasksbus.schedule-task")]
    [InlineData("queue:TasksBus.execute.default")]
    [InlineData("rabbitmq://localhost/tasksbus/tasksbus.schedule-task_error?bind=true")]
    [InlineData("rabbitmq://localhost/tasksbus/tasksbus%2eschedule-task")]
    [InlineData("queue:amq.topic")]
    [InlineData("rabbitmq://localhost/tasksbus/amq.fanout")]
    [InlineData("queue:amq.rabbitmq.reply-to")]
    public void Nothing_else_is(string address) => Assert.Null(QueueOf(address));

    [Fact]
    public void A_name_that_no_queue_can_have_is_none() => Assert.Null(QueueOf($"queue:{new string('x', 256)}"));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("two\nlines\u001b[2J\u0085\u2028", "two\uFFFDlines\uFFFD[2J\uFFFD\uFFFD")]
    public void What_strangers_write_makes_one_line_of_the_log(string text, string line) => Assert.Equal(line, LogText.OneLine(text));

    [Fact]
    public void And_a_short_one() => Assert.Equal(503, LogText.OneLine(new string('x', 10_000)).Length);

    private static string? QueueOf(string address) => new Requester<CancelTask>(address, false, null, null, null).Queue();
}
