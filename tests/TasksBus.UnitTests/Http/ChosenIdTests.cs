using System.Net;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Tasks whose callers choose their ids.</summary>
[Collection(ApiServer.Collection)]
public sealed class ChosenIdTests(ApiServer server, GuardedServer guarded) : IClassFixture<GuardedServer>
{
    [Fact]
    public async Task The_same_task_under_the_same_id_is_made_once()
    {
        var id = TaskId.New();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.PostAsync("/tasks/v1/", Body(id, "chosen-once"))));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(answers, answer => Assert.Equal($"{id}", answer.Json.GetProperty("id").GetString()));
        Assert.Equal(1, await CountAsync("chosen-once"));
        (await server.PostAsync("/tasks/v1/", Body(id, "chosen-other"))).IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
        Assert.Equal(0, await CountAsync("chosen-other"));
    }

    [Fact]
    public async Task An_id_that_is_none_is_refused_and_so_is_a_key_beside_it()
    {
        foreach (var id in new[] { "\"hello\"", "\"000000000000000000000000\"" })
        {
            var answer = await server.PostAsync("/tasks/v1/", $$"""{"taskId":{{id}},"functionName":"chosen"}""");
            answer.IsError(400, 12, "ID_FORMAT_EXCEPTION");
        }

        (await server.PostAsync("/tasks/v1/", """{"functionName":"chosen","taskId":5}""")).IsBodyError(15);
        using HttpRequestMessage both = new(HttpMethod.Post, "/tasks/v1/") { Content = new StringContent(Body(TaskId.New(), "chosen")) };
        both.Headers.Add("Idempotency-Key", "chosen");
        (await server.SendAsync(both)).IsBodyError(15);
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_is_answered_alike()
    {
        var (one, two) = (TaskId.New(), TaskId.New());
        await server.PostAsync("/tasks/v1/", Body(two, "chosen-batch"));
        var batch = $$"""{"tasks":[{{Body(one, "chosen-batch")}},{{Body(two, "chosen-batch")}}]}""";

        var (first, second) = (await server.PostAsync("/tasks/v1/batch", batch), await server.PostAsync("/tasks/v1/batch", batch));

        Assert.Equal((HttpStatusCode.OK, first.Text), (second.Status, second.Text));
        Assert.Equal(
            [$"{one}", $"{two}"],
            first.Json.GetProperty("data").EnumerateArray().Select(static task => task.GetProperty("id").GetString()));
        Assert.Equal(2, await CountAsync("chosen-batch"));
    }

    [Fact]
    public async Task A_batch_with_the_id_of_another_task_or_one_id_twice_is_refused_whole()
    {
        var (taken, free) = (TaskId.New(), TaskId.New());
        await server.PostAsync("/tasks/v1/", Body(taken, "chosen-taken"));

        var other = await server.PostAsync(
            "/tasks/v1/batch", $$"""{"tasks":[{{Body(free, "chosen-none")}},{{Body(taken, "chosen-none")}}]}""");
        var twice = await server.PostAsync(
            "/tasks/v1/batch", $$"""{"tasks":[{{Body(free, "chosen-none")}},{{Body(free, "chosen-none")}}]}""");

        Assert.StartsWith("tasks[1]", other.IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION"), StringComparison.Ordinal);
        Assert.StartsWith("tasks[1]", twice.IsBodyError(15), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync("chosen-none"));
    }

    [Fact]
    public async Task The_task_of_another_caller_is_not_shown()
    {
        var id = TaskId.New();
        Assert.Equal(HttpStatusCode.OK, (await guarded.SendAsAsync("all", "POST", "/tasks/v1/", Body(id, "chosen-mine"))).Status);

        var other = await guarded.SendAsAsync("creator", "POST", "/tasks/v1/", Body(id, "chosen-mine"));

        other.IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
    }

    [Fact]
    public async Task A_caller_who_may_not_view_tasks_sees_no_more_than_it_sent()
    {
        var (one, two) = (TaskId.New(), TaskId.New());
        var batch = $$"""{"tasks":[{{Body(one, "chosen-unseen")}},{{Body(two, "chosen-unseen")}}]}""";
        var first = await guarded.SendAsAsync("creator", "POST", "/tasks/v1/batch", batch);
        await guarded.SendAsAsync("canceler", "POST", $"/tasks/v1/{two}/cancel");

        Assert.Equal(first.Text, (await guarded.SendAsAsync("creator", "POST", "/tasks/v1/batch", batch)).Text);
        var again = await guarded.SendAsAsync("creator", "POST", "/tasks/v1/", Body(two, "chosen-unseen"));
        Assert.Equal((HttpStatusCode.OK, "new"), (again.Status, again.Json.GetProperty("status").GetString()));
    }

    private static string Body(TaskId id, string function) =>
        $$"""{"taskId":"{{id}}","functionName":"{{function}}","data":{"n":1},"startTimestamp":"2999-01-01T00:00:00Z"}""";

    private async Task<int> CountAsync(string function) =>
        (await server.GetAsync($"/tasks/v1/?eq(functionName,{function})")).Json.GetProperty("page").GetProperty("total").GetInt32();
}
