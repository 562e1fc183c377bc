using System.Net;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class TaskResourceTests(ApiServer server)
{
    private const string Unknown = "507f1f77bcf86cd799439011";

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task A_task_is_read_by_its_id_in_either_case(string slash)
    {
        var id = await server.CreateWaitingAsync("read");

        Assert.Equal(id, (await server.GetAsync($"/tasks/v1/{id}{slash}")).Json.GetProperty("id").GetString());
        Assert.Equal(id, (await server.GetAsync($"/tasks/v1/{id.ToUpperInvariant()}{slash}")).Json.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/")]
    [InlineData("GET", "/logs")]
    [InlineData("POST", "/cancel")]
    public async Task An_unknown_task_and_an_id_that_is_none_are_told_apart(string method, string rest)
    {
        var unknown = await server.SendAsync(new(new HttpMethod(method), $"/tasks/v1/{Unknown}{rest}"));
        Assert.Contains(Unknown, unknown.IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION"), StringComparison.Ordinal);

        foreach (var id in new[]
        {
            "xyz", "507f1f77bcf86cd79943901", "507f1f77bcf86cd7994390111", "507f1f77bcf86cd79943901g", "%27", "%C3%BC", "batch",
            new string('1', 2_000),
        })
        {
            (await server.SendAsync(new(new HttpMethod(method), $"/tasks/v1/{id}{rest}"))).IsError(400, 12, "ID_FORMAT_EXCEPTION");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public async Task A_new_task_is_canceled_once(string slash)
    {
        var id = await server.CreateWaitingAsync("canceled");

        var first = await server.PostAsync($"/tasks/v1/{id}/cancel{slash}");
        var second = await server.PostAsync($"/tasks/v1/{id}/cancel{slash}");

        Assert.Equal((HttpStatusCode.OK, """{"affectedRecords":1}"""), (first.Status, first.Text));
        Assert.Contains("canceled", second.IsError(400, 27, "ILLEGAL_STATE_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal("canceled", (await server.GetAsync($"/tasks/v1/{id}")).Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("hello", "complete")]
    [InlineData("throws", "failed")]
    [InlineData("endless", "inProgress")]
    public async Task A_task_that_is_not_new_cannot_be_canceled(string function, string status)
    {
        var task = await server.RunAsync(function, status);

        var answer = await server.PostAsync($"/tasks/v1/{task.GetProperty("id").GetString()}/cancel");

        Assert.Contains(status, answer.IsError(400, 27, "ILLEGAL_STATE_EXCEPTION"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throws", """{"type":"runtime","name":"TypeError","message":"x is undefined"}""")]
    [InlineData("absent", "ResourceNotFoundException")]
    public async Task A_failed_task_shows_its_error(string function, string error)
    {
        var task = await server.RunAsync(function, "failed");

        Assert.Contains(error, task.GetProperty("error").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("?")]
    public async Task A_log_is_read_line_by_line_with_its_times(string end)
    {
        var task = await server.RunAsync("chatty", "complete");

        var answer = await server.GetAsync($"/tasks/v1/{task.GetProperty("id").GetString()}/logs{end}");

        Assert.Equal("""{"offset":0,"limit":100}""", answer.Json.GetProperty("page").GetRawText());
        Assert.Equal(["page", "data"], answer.Json.EnumerateObject().Select(static property => property.Name));
        var lines = answer.Json.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(FakeLambda.Log.TrimEnd('\n').Split('\n'), lines.Select(static line => line.GetProperty("message").GetString()));
        Assert.All(lines, static line => Assert.Equal("2021-09-29T15:17:07.051Z", line.GetProperty("timestamp").GetString()));
    }

    [Fact]
    public async Task A_task_without_a_log_says_why()
    {
        var waiting = await server.CreateWaitingAsync("unlogged");
        (await server.GetAsync($"/tasks/v1/{waiting}/logs")).IsError(400, 27, "ILLEGAL_STATE_EXCEPTION");

        var running = await server.RunAsync("endless", "inProgress");
        (await server.GetAsync($"/tasks/v1/{running.GetProperty("id").GetString()}/logs")).IsError(400, 27, "ILLEGAL_STATE_EXCEPTION");

        var silent = await server.RunAsync("hello", "complete");
        (await server.GetAsync($"/tasks/v1/{silent.GetProperty("id").GetString()}/logs/")).IsError(400, 1408, "NO_TASK_LOGS_FOUND");
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/tasks")]
    [InlineData("GET", "/tasks/v2/")]
    [InlineData("GET", "/tasks/v1/507f1f77bcf86cd799439011/nothing")]
    [InlineData("POST", "/tasks/v1/507f1f77bcf86cd799439011/cancel/now")]
    public async Task A_path_that_does_not_exist_is_an_unknown_resource(string method, string path)
    {
        var message = (await server.SendAsync(new(new HttpMethod(method), path))).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");

        Assert.Contains($"{method} {path}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "/tasks/v1/", "GET, HEAD, POST")]
    [InlineData("DELETE", "/tasks/v1/507f1f77bcf86cd799439011", "GET, HEAD")]
    [InlineData("GET", "/tasks/v1/507f1f77bcf86cd799439011/cancel", "POST")]
    [InlineData("PATCH", "/tasks/v1/functions/hello/", "DELETE, GET, HEAD, PUT")]
    [InlineData("GET", "/tasks/v1/schedules/507f1f77bcf86cd799439011", "DELETE")]
    [InlineData("POST", "/tasks/v1/apiRequests", "GET, HEAD")]
    [InlineData("OPTIONS", "/tasks/v1/functions/hello/execute", "POST")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    [InlineData("PUT", "/openapi.json", "GET, HEAD")]
    public async Task A_method_that_a_path_does_not_take_is_told_with_those_that_it_takes(string method, string path, string allowed)
    {
        using var answer = await server.AskAsync(new(new HttpMethod(method), path));
        var text = await answer.Content.ReadAsStringAsync();

        var message = new Answer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, text)
            .IsError(405, 2, "ENDPOINT_EXCEPTION");
        Assert.Equal(allowed.Split(", "), answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
        Assert.Contains($"got {method}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/tasks/v1/?limit(1)")]
    [InlineData("/tasks/v1/functions")]
    [InlineData("/tasks/v1/schedules/")]
    [InlineData("/tasks/v1/apiRequests")]
    [InlineData("/openapi.json")]
    [InlineData("/docs")]
    [InlineData("/tasks/v1/507f1f77bcf86cd799439011")]
    [InlineData("/tasks/v1/?foo=bar")]
    [InlineData("/nowhere")]
    public async Task HEAD_is_answered_as_GET_is_and_without_a_body(string path)
    {
        using var get = await server.AskAsync(new(HttpMethod.Get, path));
        using var head = await server.AskAsync(new(HttpMethod.Head, path));

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task An_authorization_header_is_ignored()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/tasks/v1/");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer nobody");

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/live/", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task The_server_says_that_it_is_healthy(string path, string text)
    {
        var answer = await server.GetAsync(path);

        Assert.Equal((HttpStatusCode.OK, text), (answer.Status, answer.Text));
    }
}
