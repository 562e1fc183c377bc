using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Requests to functions are recorded, listed and limited.</summary>
public sealed class ApiRequestTests(ApiFunctionServer server) : ApiFunctionTest(server)
{
    [Fact]
    public async Task A_request_is_recorded_with_its_log()
    {
        Server.Fake.Answers["chatty-api"] = """{"statusCode":201,"body":"x"}""";
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        await CallAsync("chatty-api", rest: "/deep/er?q=1", body: "{}"u8.ToArray(), type: "application/json");

        var recorded = await RecordedAsync("chatty-api");
        Assert.Equal(
            ["id", "functionName", "method", "path", "statusCode", "timestamp", "duration"],
            recorded.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(
            ("POST", "deep/er?q=", 201),
            (recorded.GetProperty("method").GetString(), recorded.GetProperty("path").GetString(),
                recorded.GetProperty("statusCode").GetInt32()));
        Assert.InRange(recorded.GetProperty("timestamp").GetDateTimeOffset(), before, TimeProvider.System.GetUtcNow());
        Assert.InRange(recorded.GetProperty("duration").GetDouble(), 0.000001, 30);
        var id = recorded.GetProperty("id").GetString();
        using var logs = await Server.AskAsync(
            new(HttpMethod.Get, $"/tasks/v1/apiRequests/{id}/logs?ge(timestamp,2021-09-29T15:17:07.051Z)&limit(2,1)"));
        Assert.Equal("request-of-chatty-api", logs.Headers.GetValues("X-Lambda-Request-Id").Single());
        Assert.Equal(
            """{"offset":1,"limit":2}""", JsonElement.Parse(await logs.Content.ReadAsStringAsync()).GetProperty("page").GetRawText());

        (await Server.GetAsync("/tasks/v1/apiRequests/0123/logs")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
        (await Server.GetAsync("/tasks/v1/apiRequests/507f1f77bcf86cd799439011/logs")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        await CallAsync("silent");
        var silent = (await RecordedAsync("silent")).GetProperty("id").GetString();
        (await Server.GetAsync($"/tasks/v1/apiRequests/{silent}/logs")).IsError(400, 1413, "NO_API_REQUEST_LOGS_FOUND");
    }

    [Fact]
    public async Task Requests_are_listed_newest_first_by_pages()
    {
        for (var i = 0; i < 3; i++)
        {
            await CallAsync("paged", rest: $"/{i}");
        }

        await RecordedAsync("paged", 3);
        var page = (await Server.GetAsync("/tasks/v1/apiRequests/?eq(functionName,paged)&limit(2,1)")).Json;
        Assert.Equal("""{"total":3,"offset":1,"limit":2}""", page.GetProperty("page").GetRawText());
        Assert.Equal(["1", "0"], page.GetProperty("data").EnumerateArray().Select(static each => each.GetProperty("path").GetString()));
        var id = page.GetProperty("data")[0].GetProperty("id").GetString();
        Assert.Equal(
            1, (await Server.GetAsync($"/tasks/v1/apiRequests?eq(id,{id})")).Json.GetProperty("page").GetProperty("total").GetInt32());
        (await Server.GetAsync("/tasks/v1/apiRequests?eq(functionName")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    [Fact]
    public async Task No_more_requests_than_allowed_are_answered_at_once()
    {
        // The fake answers for this name when the test is over.
        using var enough = new CancellationTokenSource();
        var running = Enumerable.Range(0, ApiFunctionServer.MaxRequests)
            .Select(_ => Server.AskAsync(new(HttpMethod.Get, $"{Api}/endless"), enough.Token)).ToArray();
        await Eventually.TrueAsync(
            () => Server.Fake.Invocations.Count(static each => each.Function == "endless") == running.Length, "the requests run");

        (await Server.GetAsync($"{Api}/endless")).IsError(400, 1412, "CONCURRENT_API_FUNCTION_LIMIT_EXCEPTION");

        await enough.CancelAsync();
        Server.Fake.Release();
        foreach (var request in running)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        // Requests that ran on without their callers have ended and are recorded.
        await Eventually.TrueAsync(
            async () => (await Server.GetAsync("/tasks/v1/apiRequests?eq(functionName,endless)")).Json.GetProperty("page")
                .GetProperty("total").GetInt32() == running.Length,
            "all are recorded");
        await CallAsync("after-all");
    }
}
