using System.Text.Json;
using TasksBus.Client;
using TasksBus.Contracts;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Clients;

/// <summary>The client against a server.</summary>
[Collection(ApiServer.Collection)]
public sealed class ClientTests(ApiServer server) : IAsyncLifetime
{
    private static readonly DateTimeOffset s_later = new(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TestClient _client = TestClient.Of(server.Url);

    private ITasksBusClient Calls => _client.Calls;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [Fact]
    public async Task A_typed_input_reaches_the_function_and_the_wait_gives_the_ended_task()
    {
        var task = await Calls.ScheduleAndWaitAsync(
            "client-typed", new Photo("café \u0001", 30_000_000_001), TimeSpan.FromSeconds(30),
            new() { Priority = 5, Tags = ["a", "ü"] });

        Assert.Equal((TaskStates.Complete, 5L), (task.EnsureComplete().Status, task.Priority));
        Assert.Equal(["a", "ü"], task.Tags);
        Assert.Equal(new Photo("café \u0001", 30_000_000_001), task.ReadData<Photo>());
        var data = JsonElement.Parse(server.Fake.LastPayload("client-typed")).GetProperty("data");
        Assert.Equal(new Photo("café \u0001", 30_000_000_001), data.Deserialize<Photo>(JsonSerializerOptions.Web));
        Assert.Equal(["name", "size"], data.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(task.Id, (await Calls.FindAsync(task.Id))!.Id);
    }

    [Fact]
    public async Task A_task_that_failed_says_why()
    {
        var task = await Calls.ScheduleAndWaitAsync<object?>("throws", null, TimeSpan.FromMinutes(2));

        Assert.Equal(new TaskError("runtime", "TypeError", "x is undefined"), task.Error);
        var failure = Assert.Throws<TaskNotCompleteException>(task.EnsureComplete);
        Assert.Contains("x is undefined", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_id_and_the_same_key_are_the_same_task()
    {
        var id = TaskId.New();
        ScheduleOptions withId = new() { TaskId = id, StartTimestamp = s_later };
        ScheduleOptions withKey = new() { IdempotencyKey = "client order 1", StartTimestamp = s_later };

        Assert.Equal(id, await Calls.ScheduleAsync("client-same", new { n = 1 }, withId));
        Assert.Equal(id, await Calls.ScheduleAsync("client-same", new { n = 1 }, withId));
        Assert.Equal(TaskId.FromKey("client order 1"), await Calls.ScheduleAsync("client-same", new { n = 2 }, withKey));
        Assert.Equal(TaskId.FromKey("client order 1"), await Calls.ScheduleAsync("client-same", new { n = 2 }, withKey));

        Assert.Equal(2, (await Calls.ListAsync("eq(functionName,client-same)")).Total);
        var refused = await Assert.ThrowsAsync<TaskRefusedException>(() => Calls.ScheduleAsync("client-same", new { n = 3 }, withId));
        Assert.Equal(ErrorCode.ResourceAlreadyExists, refused.Code);
    }

    [Fact]
    public async Task A_thousand_are_scheduled_together_and_once_however_often_they_are_sent()
    {
        ScheduleTask[] tasks =
        [
            .. Enumerable.Range(0, 1_000).Select(n => Calls.NewTask(
                "client-many", new { n }, new() { IdempotencyKey = $"client many {n}", StartTimestamp = s_later })),
        ];

        var ids = await Calls.ScheduleManyAsync(tasks);
        Assert.Equal(ids, await Calls.ScheduleManyAsync(tasks));

        Assert.Equal(Enumerable.Range(0, 1_000).Select(static n => TaskId.FromKey($"client many {n}")), ids);
        Assert.Equal(1_000, (await Calls.ListAsync("eq(functionName,client-many)&limit(1)")).Total);
        Assert.Equal(7, (await Calls.FindAsync(ids[7]))!.Data!.Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task A_whole_list_has_each_task_once_also_while_others_come()
    {
        await Calls.ScheduleManyAsync([.. Enumerable.Range(0, 120).Select(Waiting)]);
        List<int> found = [];
        await foreach (var task in Calls.ListAllAsync("eq(functionName,client-list)"))
        {
            found.Add(task.Data!.Value.GetProperty("n").GetInt32());
            if (found.Count % 50 == 1)
            {
                await Calls.ScheduleManyAsync([.. Enumerable.Range(1_000 + found.Count, 10).Select(Waiting)]);
            }
        }

        Assert.Equal(found.Distinct().Count(), found.Count);
        Assert.Superset(Enumerable.Range(0, 120).ToHashSet(), found.ToHashSet());
        Assert.Throws<ArgumentException>(() => Calls.ListAllAsync("limit(5)"));

        ScheduleTask Waiting(int n) => Calls.NewTask("client-list", new { n }, new() { StartTimestamp = s_later });
    }

    [Fact]
    public async Task A_value_in_a_query_means_itself()
    {
        const string Odd = "a,b)&(#:%2C c/ü";
        await Calls.ScheduleAsync("client-odd", new { odd = Odd }, new() { StartTimestamp = s_later, Tags = [Odd] });

        Assert.Equal(1, (await Calls.ListAsync($"eq(functionName,client-odd)&eq(data.odd,{QueryText.Of(Odd)})")).Total);
        Assert.Equal(1, (await Calls.ListAsync($"contains(tags,{QueryText.Of(Odd)})&eq(functionName,client-odd)")).Total);
        var invalid = await Assert.ThrowsAsync<TaskRefusedException>(() => Calls.ListAsync("eq(no-such,1)"));
        Assert.Equal(ErrorCode.InvalidRql, invalid.Code);
    }

    [Fact]
    public async Task A_cancel_says_what_became_of_the_task()
    {
        var waiting = await Calls.ScheduleAsync("client-cancel", new { }, new() { StartTimestamp = s_later });
        var ended = await Calls.ScheduleAndWaitAsync("client-cancel", new { }, TimeSpan.FromMinutes(2));
        var unknown = TaskId.New();

        Assert.Equal(new(waiting.ToString(), true, TaskStates.Canceled), await Calls.CancelAsync(waiting));
        Assert.Equal(new(waiting.ToString(), true, TaskStates.Canceled), await Calls.CancelAsync(waiting));
        Assert.Equal(new(ended.Id.ToString(), false, TaskStates.Complete), await Calls.CancelAsync(ended.Id));
        Assert.Equal(new(unknown.ToString(), false, null), await Calls.CancelAsync(unknown));
    }

    [Fact]
    public async Task A_rerun_is_another_task()
    {
        var first = await Calls.ScheduleAndWaitAsync("client-rerun", new { n = 1 }, TimeSpan.FromMinutes(2));

        var second = await Calls.WaitAsync(await Calls.RerunAsync(first.Id), TimeSpan.FromMinutes(2));

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(1, second.Data!.Value.GetProperty("n").GetInt32());
        await Assert.ThrowsAsync<ResourceUnknownException>(() => Calls.RerunAsync(TaskId.New()));
    }

    [Fact]
    public async Task What_is_unknown_is_null_to_find_and_an_error_to_wait_for()
    {
        Assert.Null(await Calls.FindAsync(TaskId.New()));
        await Assert.ThrowsAsync<ResourceUnknownException>(() => Calls.WaitAsync(TaskId.New()));
    }

    [Fact]
    public async Task A_wait_follows_retries_to_the_task_that_ends()
    {
        await server.ManageAsync("throws-once", static function => function.IsRetried = true);

        var task = await Calls.ScheduleAndWaitAsync("throws-once", new { }, TimeSpan.FromMinutes(2));

        Assert.Equal(TaskStates.Complete, task.Status);
        var first = Assert.Single(task.RetryForTaskIds);
        var retried = (await Calls.FindAsync(first))!;
        Assert.Equal((TaskStates.Retried, task.Id), (retried.Status, retried.RetriedByTaskId));
    }

    [Fact]
    public async Task A_wait_ends_in_time_or_when_it_is_canceled_and_the_task_goes_on()
    {
        var id = await Calls.ScheduleAsync("client-wait", new { }, new() { StartTimestamp = s_later });
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(200));

        var late = await Assert.ThrowsAsync<TimeoutException>(() => Calls.WaitAsync(id, TimeSpan.FromMilliseconds(200)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Calls.WaitAsync(id, cancellationToken: cancel.Token));

        Assert.Contains(id.ToString(), late.Message, StringComparison.Ordinal);
        Assert.Equal(TaskStates.New, (await Calls.FindAsync(id))!.Status);
    }

    private sealed record Photo(string Name, long Size);
}
