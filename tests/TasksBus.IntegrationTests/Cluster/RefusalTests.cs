using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>
/// A refusal may fail itself. Whatever a refused command says, it is taken off its queue once, and the next command is handled.
/// </summary>
[Collection(NeedsServers.Name)]
public sealed class RefusalTests(RunningCluster running) : IClassFixture<RunningCluster>
{
    private const string Refused = """{"functionName":"not a name"}""";

    private readonly TestCluster _cluster = running.Cluster;

    [Theory]
    [InlineData("MT-Fault-Address", "queue:my-faults")]
    [InlineData("MT-Fault-Address", "exchange:amq.topic")]
    [InlineData("MT-Fault-Address", "no address")]
    [InlineData("MT-Response-Address", "queue:my-faults")]
    [InlineData("MT-Response-Address", "exchange:amq.topic")]
    [InlineData("MT-Response-Address", "exchange:made-up?type=topic")]
    [InlineData("MT-Response-Address", "queue:tasksbus.cancel-task")]
    [InlineData("MT-Response-Address", "queue:made-up")]
    [InlineData("MT-Response-Address", "rabbitmq://elsewhere:1/nowhere/made-up?bind=true&queue=tasksbus.schedule-task")]
    [InlineData("MT-Response-Address", "http://nowhere/made-up")]
    public async Task No_address_in_it_is_declared_or_bound_or_stops_the_intake(string header, string address)
    {
        await _cluster.Broker.DeclareQueueAsync("my-faults", ("x-queue-type", "quorum"));

        await RefuseAsync(new() { Headers = new Dictionary<string, object?> { [header] = address } }, Refused);

        await AssertNothingWasDeclaredAsync();
    }

    [Theory]
    [InlineData("responseAddress", "queue:my-faults")]
    [InlineData("responseAddress", "exchange:amq.topic")]
    [InlineData("faultAddress", "queue:my-faults")]
    [InlineData("faultAddress", "exchange:made-up?type=topic")]
    [InlineData("faultAddress", "rabbitmq://localhost/nowhere/made-up")]
    public async Task So_it_is_in_an_envelope(string field, string address)
    {
        await _cluster.Broker.DeclareQueueAsync("my-faults", ("x-queue-type", "quorum"));

        await RefuseAsync(new() { ContentType = "application/vnd.masstransit+json" },
            $$"""{"messageType":["urn:message:TasksBus.Contracts:ScheduleTask"],"message":{{Refused}},"{{field}}":"{{address}}"}""");

        await AssertNothingWasDeclaredAsync();
    }

    /// <summary>One of them is answered; the other has no address that can be answered.</summary>
    [Fact]
    public async Task A_cancel_with_the_address_of_a_queue_that_the_broker_named_is_answered_and_stops_nothing()
    {
        var id = await _cluster.ScheduleAsync("never", start: new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var replies = await _cluster.Broker.DeclareQueueAsync("");

        await _cluster.Broker.PublishAsync(Encoding.UTF8.GetBytes($$"""{"taskId":"{{id}}"}"""), Queues.CancelTask,
            properties: new()
            {
                ContentType = "application/json",
                Headers = new Dictionary<string, object?> { ["MT-Response-Address"] = $"queue:{replies}" },
            });

        Assert.Contains(
            "canceled", Encoding.UTF8.GetString((await _cluster.Broker.TakeAsync(replies)).Body.Span), StringComparison.Ordinal);
        await _cluster.ReachesAsync(id, TaskStates.Canceled);
        await ScheduleGoodAsync();
    }

    [Fact]
    public async Task Headers_that_fill_a_frame_are_no_reason_to_come_again()
    {
        var before = running.Member.Log.Of(104).Count;

        await RefuseAsync(new() { Headers = new Dictionary<string, object?> { ["long"] = new string('x', 130_900) } }, Refused);

        Assert.Equal(before + 1, running.Member.Log.Of(104).Count);
    }

    [Fact]
    public async Task A_message_of_another_user_is_put_aside_too()
    {
        await using var theirs = new TestBroker(null!, "", await _cluster.Broker.AddUserAsync("billing"));

        await theirs.PublishAsync(
            Encoding.UTF8.GetBytes(Refused), Queues.ScheduleTask,
            properties: new() { UserId = "billing", ContentType = "application/json" });

        Assert.Contains("functionName", Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask)), StringComparison.Ordinal);
        await ScheduleGoodAsync();
    }

    [Fact]
    public async Task Each_refused_command_leaves_one_line_in_the_log_and_no_stack_trace()
    {
        var before = (running.Member.Log.All.Count, running.Member.Log.MassTransit!.All.Count);

        await RefuseAsync(new() { MessageId = "line\nbreak" }, "{\"functionName\":\"a\\nforged line\\u001b[2J\"}");

        var lines = running.Member.Log.All.Skip(before.Item1)
            .Where(static line => line.Contains("refused", StringComparison.Ordinal)).ToArray();
        var line = Assert.Single(lines);
        Assert.Contains(Queues.ScheduleTask, line, StringComparison.Ordinal);
        Assert.Contains("functionName must be the name or ARN", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.Empty(running.Member.Log.MassTransit.All.Skip(before.Item2));
    }

    [Fact]
    public async Task An_error_queue_that_was_taken_away_is_there_again()
    {
        await RefuseAsync(new(), Refused);
        await _cluster.Broker.DeleteQueueAsync($"{Queues.ScheduleTask}_error");
        await RefuseAsync(new(), Refused);
        await _cluster.Broker.DeleteQueueAsync($"{Queues.ScheduleTask}_error");
        await _cluster.Broker.DeleteExchangeAsync($"{Queues.ScheduleTask}_error");

        await RefuseAsync(new(), Refused);
    }

    /// <param name="properties">Content type and message id are filled in.</param>
    private async Task RefuseAsync(BasicProperties properties, string body)
    {
        properties.ContentType ??= "application/json";
        properties.MessageId ??= Guid.NewGuid().ToString();

        await _cluster.Broker.PublishAsync(Encoding.UTF8.GetBytes(body), Queues.ScheduleTask, properties: properties);

        await ScheduleGoodAsync();
        Assert.Contains("functionName", Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask)), StringComparison.Ordinal);
        Assert.Equal(
            (0, 0),
            (await _cluster.Broker.CountAsync(Queues.ScheduleTask), await _cluster.Broker.CountAsync($"{Queues.ScheduleTask}_error")));
    }

    private async Task ScheduleGoodAsync()
    {
        var id = TaskId.New();
        await _cluster.Broker.PublishJsonAsync($$"""{"functionName":"good","taskId":"{{id}}"}""", Queues.ScheduleTask);
        await _cluster.ReachesAsync(id, TaskStates.Complete);
    }

    private async Task AssertNothingWasDeclaredAsync()
    {
        Assert.False(await _cluster.Broker.HasExchangeAsync("made-up"));
        Assert.False(await _cluster.Broker.HasExchangeAsync("my-faults"));
        Assert.False(await _cluster.Broker.HasExchangeAsync("MassTransit:Fault"));
        Assert.Equal(0, await _cluster.Broker.CountAsync(Queues.CancelTask));
        Assert.Equal(0, await _cluster.Broker.CountAsync("tasksbus.cancel-task_error"));
    }
}

/// <summary>Error queues and queues of commands that somebody else declared.</summary>
public sealed class ForeignQueueTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly HttpClient s_http = new();

    private const string Refused = """{"functionName":"not a name"}""";

    [Fact]
    public async Task An_error_queue_that_was_declared_otherwise_takes_what_is_refused()
    {
        await Cluster.Broker.DeclareQueueAsync("tasksbus.schedule-task_error", ("x-queue-type", "quorum"));
        await Cluster.AddAsync();

        await Cluster.Broker.PublishJsonAsync(Refused, Queues.ScheduleTask);

        Assert.Single(await Cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        await ScheduleGoodAsync();
    }

    [Fact]
    public async Task What_does_not_fit_into_the_error_queue_is_dropped_with_a_line_in_the_log_and_holds_up_nothing()
    {
        await Cluster.Broker.DeclareQueueAsync("tasksbus.schedule-task_error", ("x-max-length", 1), ("x-overflow", "reject-publish"));
        var member = await Cluster.AddAsync();

        for (var i = 0; i < 3; i++)
        {
            await Cluster.Broker.PublishJsonAsync(Refused, Queues.ScheduleTask, messageId: $"order-{i}");
        }

        await ScheduleGoodAsync();
        await Eventually.TrueAsync(() => member.Log.Of(104).Count + member.Log.Of(106).Count == 3, "each leaves a line");
        await Eventually.TrueAsync(async () => await Cluster.Broker.CountAsync(Queues.ScheduleTask) == 0, "all are taken");
        Assert.Single(await Cluster.Broker.TakeAllAsync("tasksbus.schedule-task_error"));
        Assert.All(member.Log.Of(106), static line => Assert.Contains("order-", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("api,dispatcher", HttpStatusCode.OK, "ready, but nothing is taken from tasksbus.cancel-task (PRECONDITION_FAILED")]
    [InlineData("worker", HttpStatusCode.ServiceUnavailable, "nothing is taken from tasksbus.execute.default (PRECONDITION_FAILED")]
    public async Task A_queue_that_was_declared_otherwise_is_named_by_the_probe(string roles, HttpStatusCode status, string text)
    {
        await Cluster.Broker.DeclareQueueAsync(Queues.CancelTask, ("x-queue-type", "quorum"));
        await Cluster.Broker.DeclareQueueAsync("tasksbus.execute.default", ("x-queue-type", "quorum"));
        await using var server = await Cluster.StartServerAsync(roles);

        var said = "nothing";
        await Eventually.TrueAsync(async () =>
        {
            using var response = await s_http.GetAsync($"{server.Urls.First()}/health/ready");
            said = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
            return said.StartsWith($"{(int)status} {text}", StringComparison.Ordinal);
        }, () => $"it says {(int)status} {text}; it says {said}");
        if (status == HttpStatusCode.OK)
        {
            await ScheduleGoodAsync(TaskStates.New);
        }
    }

    [Fact]
    public async Task An_answer_that_nobody_waits_for_leaves_a_line_in_the_log()
    {
        var member = await Cluster.AddAsync();

        await Cluster.Broker.PublishAsync(
            Encoding.UTF8.GetBytes(Refused), Queues.ScheduleTask, properties: new() { ContentType = "application/json", ReplyTo = "gone" });
        await Cluster.Broker.PublishAsync(
            Encoding.UTF8.GetBytes(Refused), Queues.ScheduleTask,
            properties: new() { ContentType = "application/json", ReplyTo = "tasksbus.cancel-task" });

        await ScheduleGoodAsync();
        await Eventually.TrueAsync(() => member.Log.Of(107).Count == 2, "both leave a line");
        Assert.Equal(0, await Cluster.Broker.CountAsync("tasksbus.cancel-task_error"));
    }

    /// <summary>These are the permissions in ops/docs/rabbitmq.md.</summary>
    [Theory]
    [InlineData("plain", @"^(tasksbus\.|TasksBus\.Contracts:|amq\.default$)", true)]
    [InlineData("mute", @"^(tasksbus\.|TasksBus\.Contracts:)", false)]
    public async Task A_user_with_the_permissions_that_the_docs_name_is_enough_and_one_who_may_not_answer_does_all_else(
        string user, string write, bool mayAnswer)
    {
        var member = await Cluster.AddAsync(broker: await Cluster.Broker.AddUserAsync(
            user, @"^(tasksbus\.|TasksBus\.Contracts:)", write, @"^(tasksbus\.|TasksBus\.Contracts:)"));
        var (service, replies) = (await Cluster.AddServiceAsync(), await Cluster.Broker.DeclareQueueAsync(""));
        await Cluster.Broker.PublishAsync(
            Encoding.UTF8.GetBytes(Refused), Queues.ScheduleTask,
            properties: new() { ContentType = "application/json", ReplyTo = replies });

        Assert.Single(await Cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        await ScheduleGoodAsync();
        await Eventually.TrueAsync(() => service.Events.Count == 1, "its end is heard of");
        await Eventually.TrueAsync(
            async () => mayAnswer ? await Cluster.Broker.CountAsync(replies) == 1 : member.Log.Of(107).Count == 1,
            "it is answered, or the log says why not");
    }

    /// <summary>The fault of MassTransit holds the message. A serializer that failed on it once hid the reason.</summary>
    [Fact]
    public async Task What_fails_for_a_reason_of_the_servers_keeps_that_reason_whatever_its_data_is_like()
    {
        var id = TaskId.New();
        StoreWithFaults store = new(Cluster.Store)
        {
            AfterCommit = async _ =>
            {
                if (await Cluster.FindAsync(id) is not null)
                {
                    throw new InvalidOperationException("the true reason");
                }
            },
        };
        var member = await Cluster.AddAsync(Roles.Api, services: services => services.AddSingleton<ICommitStore>(store));
        await Cluster.AddAsync(Roles.Dispatcher | Roles.Worker);
        // After this the functions are read. A commit that is repeated because they were not would count as stored.
        await ScheduleGoodAsync();

        await Cluster.Broker.PublishJsonAsync(
            $$$"""{"taskId":"{{{id}}}","functionName":"odd","data":{"half":"\ud800"}}""", Queues.ScheduleTask);

        Assert.Equal("the true reason", Assert.Single(await Cluster.Broker.ErrorsAsync(Queues.ScheduleTask)));
        await Cluster.ReachesAsync(id, TaskStates.Complete);
        await Eventually.TrueAsync(() => member.Log.Of(105).Count == 1, "it leaves a line");
    }

    private async Task ScheduleGoodAsync(string status = TaskStates.Complete)
    {
        var id = TaskId.New();
        await Cluster.Broker.PublishJsonAsync($$"""{"functionName":"good","taskId":"{{id}}"}""", Queues.ScheduleTask);
        await Cluster.ReachesAsync(id, status);
    }
}
