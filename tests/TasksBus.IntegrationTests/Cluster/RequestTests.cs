using System.Text;
using System.Text.Json;
using MassTransit;
using RabbitMQ.Client;
using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Commands that are sent as requests, and those of services without our contracts.</summary>
[Collection(NeedsServers.Name)]
public sealed class RequestTests(RunningCluster running) : IClassFixture<RunningCluster>, IAsyncLifetime
{
    private readonly TestCluster _cluster = running.Cluster;
    private OtherService _service = null!;

    public async Task InitializeAsync() => _service = await OtherService.StartAsync(_cluster.Broker);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task A_ScheduleTask_is_answered_with_the_id()
    {
        var answer = await AskAsync<ScheduleTask, ScheduleTaskResult>(new() { FunctionName = "asked", IdempotencyKey = "request-1" });

        Assert.Equal(TaskId.FromKey("request-1").ToString(), answer.TaskId);
        await _cluster.ReachesAsync(TaskId.Parse(answer.TaskId), TaskStates.Complete);
    }

    [Fact]
    public async Task ScheduleTasks_are_answered_with_the_ids()
    {
        var answer = await AskAsync<ScheduleTasks, ScheduleTasksResult>(
            new() { Tasks = [new() { FunctionName = "asked" }, new() { FunctionName = "asked" }] });

        Assert.Equal(2, answer.TaskIds.Distinct().Count());
        await _cluster.CompleteAsync([.. answer.TaskIds.Select(TaskId.Parse)]);
    }

    [Fact]
    public async Task One_that_is_refused_is_answered_with_the_reason_at_once()
    {
        var refused = await Assert.ThrowsAsync<RequestFaultException>(
            () => AskAsync<ScheduleTask, ScheduleTaskResult>(new() { FunctionName = "not a name" }));
        Assert.Contains("FIELD_FORMAT_EXCEPTION (15): functionName must be", refused.Message, StringComparison.Ordinal);

        refused = await Assert.ThrowsAsync<RequestFaultException>(() => AskAsync<CancelTask, CancelTaskResult>(new("none")));
        Assert.Contains("ID_FORMAT_EXCEPTION (12): taskId must be 24 hex digits", refused.Message, StringComparison.Ordinal);
        Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask));
        Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.CancelTask));
    }

    [Fact]
    public async Task Plain_JSON_is_answered_with_plain_JSON()
    {
        var replies = await _cluster.Broker.DeclareQueueAsync("");

        Assert.Equal(
            """{"taskId":"507f1f77bcf86cd799439011"}""",
            await AskAsync("""{"functionName":"asked","taskId":"507F1F77BCF86CD799439011"}"""));
        var refusal = JsonElement.Parse(await AskAsync("""{"functionName":"asked","priority":"5"}"""));
        Assert.Equal((15, "FIELD_FORMAT_EXCEPTION"), (refusal.GetProperty("code").GetInt32(), refusal.GetProperty("name").GetString()));
        Assert.Contains("priority must be an integer", refusal.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Single(await _cluster.Broker.ErrorsAsync(Queues.ScheduleTask));

        async Task<string> AskAsync(string command)
        {
            await _cluster.Broker.PublishAsync(Encoding.UTF8.GetBytes(command), Queues.ScheduleTask,
                properties: new() { ContentType = "application/json", MessageId = "asked", ReplyTo = replies, CorrelationId = "mine" });
            var answer = await _cluster.Broker.TakeAsync(replies);
            Assert.Equal(("application/json", "mine"), (answer.BasicProperties.ContentType, answer.BasicProperties.CorrelationId));
            return Encoding.UTF8.GetString(answer.Body.Span);
        }
    }

    [Fact]
    public async Task RabbitMQs_direct_reply_works()
    {
        Assert.Contains(
            "taskId", await _cluster.Broker.AskDirectlyAsync("""{"functionName":"asked"}""", Queues.ScheduleTask),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_of_a_contract_with_its_name_is_the_contract_and_one_without_reaches_nobody()
    {
        var (named, nameless) = (TaskId.New(), TaskId.New());

        await _service.Bus.Publish(new Copies.ScheduleTask { TaskId = nameless.ToString(), FunctionName = "copied" });
        await _service.Bus.Publish(new Copies.NamedScheduleTask { TaskId = named.ToString(), FunctionName = "copied" });

        await _cluster.ReachesAsync(named, TaskStates.Complete);
        Assert.Null(await _cluster.FindAsync(nameless));
    }

    private async Task<TAnswer> AskAsync<TCommand, TAnswer>(TCommand command)
        where TCommand : class
        where TAnswer : class =>
        (await _service.Bus.CreateRequestClient<TCommand>(RequestTimeout.After(s: 30)).GetResponse<TAnswer>(command)).Message;
}
