using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Direct execution over HTTP; each test uses functions of its own.</summary>
public class ExecuteTests(ExecuteTests.DirectServer server) : IClassFixture<ExecuteTests.DirectServer>
{
    [Theory]
    [InlineData("/execute", null)]
    [InlineData("/execute/", "")]
    [InlineData("/execute", "{}")]
    [InlineData("/execute", """{"data":null}""")]
    public async Task The_finished_task_is_answered_with_what_the_function_returned(string end, string? body)
    {
        server.Fake.Answers["sums"] = """{"sum":12345678901234567890,"Nested":[null,"\u00fc\ud83d\ude42"]}""";

        var answer = await server.PostAsync($"/tasks/v1/functions/sums{end}", body);

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(
            ("complete", "sums"), (answer.Json.GetProperty("status").GetString(), answer.Json.GetProperty("functionName").GetString()));
        Assert.Equal(server.Fake.Answers["sums"], answer.Json.GetProperty("result").GetRawText());
        Assert.False(answer.Json.TryGetProperty("data", out _));
        var stored = (await server.GetAsync($"/tasks/v1/{answer.Json.GetProperty("id").GetString()}")).Json;
        Assert.Equal("complete", stored.GetProperty("status").GetString());
        Assert.False(stored.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task The_function_gets_the_task_in_progress_with_its_data_and_no_default_priority()
    {
        await server.ManageAsync("given", static row => row.DefaultPriority = 7);

        var answer = await server.PostAsync("/tasks/v1/functions/given/execute", """{"data":{"A":1e400,"":{"a":[]}}}""");

        var seen = JsonElement.Parse(server.Fake.LastPayload("given"));
        Assert.Equal(
            (answer.Json.GetProperty("id").GetString(), "inProgress"),
            (seen.GetProperty("id").GetString(), seen.GetProperty("status").GetString()));
        Assert.Equal("""{"A":1e400,"":{"a":[]}}""", seen.GetProperty("data").GetRawText());
        Assert.Equal(0, answer.Json.GetProperty("priority").GetInt32());
        Assert.Equal("null", answer.Json.GetProperty("result").GetRawText());
    }

    [Theory]
    [InlineData("", "null")]
    [InlineData("no JSON", "\"no JSON\"")]
    [InlineData("{\"cut\":", "\"{\\u0022cut\\u0022:\"")]
    public async Task What_is_no_JSON_is_answered_as_a_text(string returned, string result)
    {
        server.Fake.Answers["texts"] = returned;

        Assert.Equal(result, (await server.PostAsync("/tasks/v1/functions/texts/execute")).Json.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task A_function_that_throws_is_a_runtime_error_with_its_task()
    {
        var answer = await server.PostAsync("/tasks/v1/functions/throws/execute", "{}");

        Assert.Equal(
            (HttpStatusCode.BadRequest, 1406, "LAMBDA_RUNTIME_EXCEPTION"),
            (answer.Status, answer.Json.GetProperty("code").GetInt32(), answer.Json.GetProperty("name").GetString()));
        Assert.Equal("""{"name":"TypeError","message":"x is undefined"}""", answer.Json.GetProperty("runtimeError").GetRawText());
        var task = (await server.GetAsync($"/tasks/v1/{answer.Json.GetProperty("taskId").GetString()}")).Json;
        Assert.Equal(
            ("failed", """{"type":"runtime","name":"TypeError","message":"x is undefined"}"""),
            (task.GetProperty("status").GetString(), task.GetProperty("error").GetRawText()));
    }

    [Fact]
    public async Task A_failure_is_final_whatever_the_retry_policy_says()
    {
        // The fake throws for this name.
        await server.ManageAsync("throws", static row => row.IsRetried = true);

        var answer = await server.PostAsync("/tasks/v1/functions/throws/execute");

        var task = (await server.GetAsync($"/tasks/v1/{answer.Json.GetProperty("taskId").GetString()}")).Json;
        Assert.Equal("failed", task.GetProperty("status").GetString());
        Assert.False(task.TryGetProperty("retriedByTaskId", out _));
    }

    [Fact]
    public async Task A_function_that_nobody_knows_is_unknown_and_one_that_only_Lambda_lost_could_not_be_invoked()
    {
        var unknown = await server.PostAsync("/tasks/v1/functions/absent/execute");
        Assert.Equal((404, 16), ((int)unknown.Status, unknown.Json.GetProperty("code").GetInt32()));
        Assert.Equal(
            "failed",
            (await server.GetAsync($"/tasks/v1/{unknown.Json.GetProperty("taskId").GetString()}")).Json.GetProperty("status").GetString());

        await server.ManageAsync("absent", static _ => { });
        var lost = await server.PostAsync("/tasks/v1/functions/absent/execute");
        Assert.Equal((400, 1405), ((int)lost.Status, lost.Json.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task A_function_that_may_not_run_directly_makes_no_task()
    {
        await server.ManageAsync("disabled", static row => row.IsEnabled = false);
        await server.ManageAsync("lengthy", static row => row.TimeLimit = 31);
        await server.ManageAsync("brief", static row => row.TimeLimit = 30);

        (await server.PostAsync("/tasks/v1/functions/disabled/execute")).IsError(400, 1405, "LAMBDA_INVOCATION_EXCEPTION");
        Assert.Contains("31", (await server.PostAsync("/tasks/v1/functions/lengthy/execute"))
            .IsError(400, 1404, "TIME_LIMIT_EXCEEDS_DIRECT_EXECUTION_MAXIMUM_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/tasks/v1/functions/brief/execute")).Status);

        foreach (var name in new[] { "disabled", "lengthy" })
        {
            Assert.Equal(
                0, (await server.GetAsync($"/tasks/v1/?eq(functionName,{name})")).Json.GetProperty("page").GetProperty("total").GetInt32());
            Assert.DoesNotContain(server.Fake.Invocations, each => each.Function == name);
        }

        // A change holds at once.
        await server.ManageAsync("disabled", static row => row.IsEnabled = true);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/tasks/v1/functions/disabled/execute")).Status);
    }

    [Theory]
    [InlineData("[]", 22, "BODY_FORMAT_EXCEPTION")]
    [InlineData("{", 22, "BODY_FORMAT_EXCEPTION")]
    [InlineData("""{"data":[]}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("""{"data":"x"}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("""{"\ud800":1}""", 15, "FIELD_FORMAT_EXCEPTION")]
    public async Task A_body_that_cannot_be_meant_is_refused(string body, int code, string name) =>
        (await server.PostAsync("/tasks/v1/functions/refusing/execute", body)).IsError(400, code, name);

    [Fact]
    public async Task A_name_that_is_none_is_refused() =>
        (await server.PostAsync("/tasks/v1/functions/not%20a%20name/execute")).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

    [Fact]
    public async Task Its_log_is_read_like_any_task_s_and_names_the_invocation()
    {
        var task = (await server.PostAsync("/tasks/v1/functions/chatty/execute")).Json;
        using var answer = await server.AskAsync(new(HttpMethod.Get, $"/tasks/v1/{task.GetProperty("id").GetString()}/logs"));

        Assert.Equal("request-of-chatty", answer.Headers.GetValues("X-Lambda-Request-Id").Single());
        Assert.Contains("second line", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_without_a_log_still_names_the_invocation()
    {
        var task = (await server.PostAsync("/tasks/v1/functions/throws/execute")).Json;
        using var answer = await server.AskAsync(new(HttpMethod.Get, $"/tasks/v1/{task.GetProperty("taskId").GetString()}/logs"));

        Assert.Equal(
            (HttpStatusCode.BadRequest, "request-of-throws"),
            (answer.StatusCode, answer.Headers.GetValues("X-Lambda-Request-Id").Single()));
    }

    public sealed class DirectServer : ApiServer;
}
