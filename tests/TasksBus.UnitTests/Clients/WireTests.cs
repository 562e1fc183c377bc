using System.Text.Json;
using TasksBus.Client;
using TasksBus.Client.Http;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Clients;

/// <summary>What the client sends and reads: all that a task has.</summary>
public sealed class WireTests
{
    [Fact]
    public async Task Every_property_of_a_task_is_sent()
    {
        ScheduleTask task = new()
        {
            TaskId = "507f1f77bcf86cd799439011",
            FunctionName = "greet",
            Data = JsonElement.Parse("""{"é":1e400,"É":"\u00e9"}"""),
            StartTimestamp = new(2999, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)),
            Priority = -5,
            Tags = ["a\u0001", "\uD83D\uDE00"],
            Reference = "order 17/\u00fc",
            Publisher = "web-shop",
        };

        using var body = TaskWire.BodyOf(task, TaskId.Parse(task.TaskId));

        var sent = JsonElement.Parse(await body.ReadAsStringAsync());
        // A key has become an id.
        Assert.Equal(
            typeof(ScheduleTask).GetProperties().Select(static property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
                .Except(["idempotencyKey"]).Order(),
            sent.EnumerateObject().Select(static property => property.Name).Order());
        Assert.Equal(task.Data.Value.GetRawText(), sent.GetProperty("data").GetRawText());
        Assert.Equal("2999-01-01T00:00:00Z", sent.GetProperty("startTimestamp").GetString());
        Assert.Equal(task.Tags, sent.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        Assert.Equal(-5, sent.GetProperty("priority").GetInt32());
        Assert.Equal(
            (task.Reference, task.Publisher), (sent.GetProperty("reference").GetString(), sent.GetProperty("publisher").GetString()));
    }

    [Fact]
    public void Everything_that_a_task_may_have_can_be_given_with_a_typed_input() =>
        Assert.Equal(
            typeof(ScheduleTask).GetProperties().Select(static property => property.Name).Except(["FunctionName", "Data"]).Order(),
            typeof(ScheduleOptions).GetProperties().Select(static property => property.Name).Except(["InputJson"]).Order());

    [Fact]
    public void A_task_that_is_read_over_the_bus_is_the_one_of_HTTP_without_its_input()
    {
        TaskRecord task = new()
        {
            Id = TaskId.New(),
            Status = TaskStates.Retried,
            StatusChangedTimestamp = new(2030, 1, 1, 0, 0, 3, TimeSpan.Zero),
            FunctionName = "resize:live",
            Data = "{}",
            StartTimestamp = new(2030, 1, 1, 0, 0, 1, TimeSpan.Zero),
            Tags = ["a", "b"],
            Reference = "order 17",
            Publisher = "web-shop",
            Priority = -5,
            CreationTimestamp = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero),
            UpdateTimestamp = new(2030, 1, 1, 0, 0, 2, TimeSpan.Zero),
            CreatedByApplicationId = "507f1f77bcf86cd799439011",
            CreatedByUserId = "507f1f77bcf86cd799439012",
            Error = new(TaskErrorTypes.Runtime, "Error", "It failed."),
            Result = """{"n":1}""",
            IsResultDropped = true,
            ScheduleId = TaskId.New(),
            EventId = TaskId.New(),
            RetriedByTaskId = TaskId.New(),
            RetryForTaskIds = [TaskId.New(), TaskId.New()],
        };

        var overHttp = TaskWire.ToTask(TaskJson.ToBytes(task));
        var overBus = JsonSerializer.Deserialize<TaskSnapshot>(
            JsonSerializer.Serialize(task.ToSnapshot(), JsonOutput.Messages), JsonOutput.Messages)!;

        Assert.Equal(JsonSerializer.Serialize(overHttp with { Data = null }), JsonSerializer.Serialize(overBus));
        Assert.DoesNotContain(
            typeof(TaskSnapshot).GetProperties(),
            property => property.Name != nameof(TaskSnapshot.Data) && property.GetValue(overBus) is null);
    }

    [Fact]
    public void Every_property_that_the_server_shows_can_be_read() =>
        Assert.Empty(
            typeof(TaskSchema).GetProperties().Select(static property => property.Name)
                .Except(typeof(TaskSnapshot).GetProperties().Select(static property => property.Name)));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"id":"hello"}""")]
    [InlineData("""{"id":5}""")]
    public void What_is_no_task_is_not_read_as_one(string body) =>
        Assert.Throws<JsonException>(() => TaskWire.ToTask(System.Text.Encoding.UTF8.GetBytes(body)));
}
