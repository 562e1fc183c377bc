using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The events resource. Each test uses event types of its own.</summary>
[Collection(ApiServer.Collection)]
public class EventResourceTests(ApiServer server)
{
    private const string Events = "/events/v1";

    [Fact]
    public async Task An_event_is_answered_in_snake_case_with_times_as_milliseconds()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        var raised = await server.PostAsync(Events, """{"type":"shape","content":{"CamelCase":1,"n":12345678901234567890123}}""");

        Assert.Equal(HttpStatusCode.OK, raised.Status);
        Assert.Equal(
            ["id", "type", "content", "depth", "task_count", "creation_timestamp", "update_timestamp"],
            raised.Json.EnumerateObject().Select(static property => property.Name));
        Assert.Equal("""{"CamelCase":1,"n":12345678901234567890123}""", raised.Json.GetProperty("content").GetRawText());
        Assert.InRange(
            raised.Json.GetProperty("creation_timestamp").GetInt64(), before, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        var id = raised.Json.GetProperty("id").GetString();
        Assert.Equal(raised.Text, (await server.GetAsync($"{Events}/{id}")).Text);
        Assert.Equal(raised.Text, Assert.Single(await ListAsync("eq(type,shape)")).GetRawText());
        Assert.Single(await ListAsync("content.CamelCase=1&eq(type,shape)&sort(-creation_timestamp)"));
        (await server.GetAsync($"{Events}/507f1f77bcf86cd799439011")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
    }

    [Fact]
    public async Task An_event_runs_the_functions_of_its_dispatchers_with_the_event()
    {
        await DispatchAsync("running", "runs-on-event");

        var raised = (await server.PostAsync(Events, """{"type":"running","content":{"n":1}}""")).Json;

        var task = await OneTaskAsync("runs-on-event", "complete");
        var @event = task.GetProperty("data").GetProperty("event");
        Assert.Equal(raised.GetProperty("id").GetString(), @event.GetProperty("id").GetString());
        Assert.Equal("""{"n":1}""", @event.GetProperty("content").GetRawText());
        Assert.Equal(1, raised.GetProperty("task_count").GetInt32());
    }

    [Fact]
    public async Task The_same_key_and_content_are_the_same_event_and_another_content_is_refused()
    {
        await DispatchAsync("keyed", "keyed-function");
        const string Body = """{"type":"keyed","content":{"n":1}}""";

        var (first, second) = (await RaiseAsync("one", Body), await RaiseAsync("one", """{"content": {"n": 1}, "type": "keyed"}"""));

        Assert.Equal(first.Text, second.Text);
        (await RaiseAsync("one", """{"type":"keyed","content":{"n":2}}""")).IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
        Assert.NotEqual(first.Text, (await RaiseAsync("two", Body)).Text);
        (await RaiseAsync(new string('x', 256), Body)).IsBodyError(15);
        Assert.Equal(2, (await TasksAsync("keyed-function")).Count);
    }

    [Theory]
    [InlineData("/", "{}", 14, "type is required")]
    [InlineData("/", """{"type":"x","content":[]}""", 15, "content must be a JSON object")]
    [InlineData("/", """{"type":"x","contents":{}}""", 15, "Did you mean content?")]
    [InlineData("/", """{"type":"a\u0000b"}""", 15, "without U+0000")]
    [InlineData("/", "", 13, "A JSON object is needed")]
    [InlineData("/transitions", """{"schemaId":"s"}""", 14, "documentId is required")]
    [InlineData(
        "/transitions", """{"schemaId":"s","documentId":"d","actions":[{"type":"task"}]}""", 14, "actions[0]: functionName is required")]
    [InlineData(
        "/transitions", """{"schemaId":"s","documentId":"d","afterActions":[{"functionName":"a b"}]}""", 15,
        "afterActions[0]: functionName must be")]
    public async Task A_wrong_event_is_refused_in_words_that_say_how_to_mend_it(string path, string body, int code, string message) =>
        Assert.Contains(message, (await server.PostAsync($"{Events}{path}", body)).IsBodyError(code), StringComparison.Ordinal);

    [Fact]
    public async Task Content_that_is_too_large_or_too_deep_is_refused_and_content_at_the_limit_reaches_the_function()
    {
        await DispatchAsync("deep", "deep-function");
        static string Nested(int levels) =>
            """{"type":"deep","content":""" + string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels + 1);

        (await server.PostAsync(Events, $$$"""{"type":"x","content":{"a":"{{{new string('x', 262_144)}}}"}}""")).IsBodyError(15, 413);
        (await server.PostAsync(Events, Nested(51))).IsBodyError(15);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Events, Nested(50))).Status);
        await OneTaskAsync("deep-function", "complete");
    }

    [Fact]
    public async Task A_transition_that_is_too_large_or_too_deep_is_refused()
    {
        static string With(string data) =>
            """{"schemaId":"s","documentId":"d","actions":[{"functionName":"f","data":""" + data + "}]}";
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

        (await server.PostAsync($"{Events}/transitions", With($$"""{"a":"{{new string('x', 262_144)}}"}"""))).IsBodyError(15, 413);
        (await server.PostAsync($"{Events}/transitions", With(Nested(48)))).IsBodyError(15);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"{Events}/transitions", With(Nested(47)))).Status);
    }

    [Fact]
    public async Task A_transition_may_be_written_in_either_case()
    {
        const string Body =
            """{"schema_id":"s","documentId":"d","after_actions":[{"type":"task","function_name":"transitions"},{"type":"link","x":{}}]}""";

        var raised = await server.PostAsync($"{Events}/transitions", Body);

        Assert.Equal((HttpStatusCode.OK, 1), (raised.Status, raised.Json.GetProperty("task_count").GetInt32()));
        Assert.Equal(
            """{"schemaId":"s","documentId":"d"}""",
            (await OneTaskAsync("transitions", "complete")).GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Events_can_be_probed() => Assert.Equal("live", (await server.GetAsync($"{Events}/health")).Text);

    private async Task DispatchAsync(string eventType, string function) => Assert.Equal(
        HttpStatusCode.OK,
        (await server.PostAsync(
            "/dispatchers/v1/", $$"""{"eventType":"{{eventType}}","actions":[{"type":"task","functionName":"{{function}}"}]}""")).Status);

    private Task<Answer> RaiseAsync(string key, string body)
    {
        HttpRequestMessage request = new(HttpMethod.Post, Events) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return server.SendAsync(request);
    }

    private async Task<IReadOnlyList<JsonElement>> ListAsync(string rql) =>
        [.. (await server.GetAsync($"{Events}/?{rql}")).Json.GetProperty("data").EnumerateArray()];

    private async Task<IReadOnlyList<JsonElement>> TasksAsync(string function) =>
        [.. (await server.GetAsync($"/tasks/v1/?eq(functionName,{function})")).Json.GetProperty("data").EnumerateArray()];

    private async Task<JsonElement> OneTaskAsync(string function, string status)
    {
        IReadOnlyList<JsonElement> found = [];
        await Eventually.TrueAsync(
            async () => (found = await TasksAsync(function)) is [var task] && task.GetProperty("status").GetString() == status,
            $"the task of {function} is {status}");
        return found[0];
    }
}
