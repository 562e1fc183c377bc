using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The dispatchers resource. Each test uses event types of its own.</summary>
[Collection(ApiServer.Collection)]
public class DispatcherTests(ApiServer server)
{
    private const string Dispatchers = "/dispatchers/v1";
    private const string Unknown = "507f1f77bcf86cd799439011";

    [Fact]
    public async Task A_dispatcher_is_answered_read_and_listed_as_it_was_sent()
    {
        var made = await server.PostAsync(Dispatchers, """
            {"eventType":"whole","name":"whole one","description":"d","tags":["x"],"actions":[{"type":"task","name":"a","description":"b",
            "functionName":"f","data":{"n":12345678901234567890123,"Key":"ü"},"tags":["t"],"startTimestamp":"2999-03-30T00:00:00+02:00",
            "priority":-9007199254740991},{"type":"task","functionName":"g","delay":0}]}
            """);

        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal(
            ["id", "eventType", "name", "description", "tags", "actions", "creationTimestamp", "updateTimestamp"],
            made.Json.EnumerateObject().Select(static property => property.Name));
        var actions = made.Json.GetProperty("actions");
        Assert.Equal(
            ["id", "type", "name", "description", "functionName", "data", "tags", "startTimestamp", "priority"],
            actions[0].EnumerateObject().Select(static property => property.Name));
        Assert.Equal("""{"n":12345678901234567890123,"Key":"ü"}""", actions[0].GetProperty("data").GetRawText());
        Assert.Equal("2999-03-29T22:00:00.000Z", actions[0].GetProperty("startTimestamp").GetString());
        Assert.Equal((0, "g"), (actions[1].GetProperty("delay").GetInt32(), actions[1].GetProperty("functionName").GetString()));
        Assert.Equal(made.Text, (await server.GetAsync($"{Dispatchers}/{Id(made.Json)}")).Text);
        var listed = (await server.GetAsync($"{Dispatchers}/?eq(eventType,whole)")).Json;
        Assert.Equal(made.Text, Assert.Single(listed.GetProperty("data").EnumerateArray()).GetRawText());
        (await server.GetAsync($"{Dispatchers}/?eq(status,new)")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_nothing_else()
    {
        var id = await CreateAsync("updated", """{"type":"task","functionName":"f","delay":5}""", ",\"name\":\"updated one\"");

        Assert.Equal("""{"affectedRecords":1}""", (await PutAsync($"/{id}", """{"description":"new","tags":["y"]}""")).Text);

        var changed = (await server.GetAsync($"{Dispatchers}/{id}")).Json;
        Assert.Equal(
            ("updated", "updated one", "new", "y"),
            (Text(changed, "eventType"), Text(changed, "name"), Text(changed, "description"), changed.GetProperty("tags")[0].GetString()));
        Assert.Equal(1, changed.GetProperty("actions").GetArrayLength());
        Assert.Contains(
            "An update of a dispatcher has eventType", (await PutAsync($"/{id}", """{"actions":[]}""")).IsBodyError(15),
            StringComparison.Ordinal);
        (await PutAsync($"/{Unknown}", """{"tags":[]}""")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await PutAsync("/none", """{"tags":[]}""")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
        (await PutAsync($"/{id}")).IsBodyError(13);
    }

    [Fact]
    public async Task Actions_are_made_changed_and_deleted_below_their_dispatcher()
    {
        var id = await CreateAsync("acting", """{"type":"task","functionName":"first"}""");
        var made = await server.PostAsync(
            $"{Dispatchers}/{id}/actions", """{"type":"task","functionName":"second","data":{"a":1},"delay":9,"tags":["t"]}""");
        Assert.Equal("second", Text(made.Json, "functionName"));
        var action = Id(made.Json);

        Assert.Equal(HttpStatusCode.OK, (await PutAsync(
            $"/{id}/actions/{action}", """{"startTimestamp":"2999-01-01T00:00:00Z","priority":3,"type":"task"}""")).Status);

        var changed = (await server.GetAsync($"{Dispatchers}/{id}")).Json.GetProperty("actions")[1];
        Assert.Equal(
            ("second", "2999-01-01T00:00:00.000Z", 3, """{"a":1}""", "t"),
            (Text(changed, "functionName"), Text(changed, "startTimestamp"), changed.GetProperty("priority").GetInt32(),
                changed.GetProperty("data").GetRawText(), changed.GetProperty("tags")[0].GetString()));
        Assert.False(changed.TryGetProperty("delay", out _));
        (await PutAsync($"/{id}/actions/{Unknown}", """{"priority":3}""")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await PutAsync($"/{id}/actions/{action}", """{"type":"mail"}""")).IsBodyError(15);
        Assert.Equal("""{"affectedRecords":1}""", (await DeleteAsync($"/{id}/actions/{action}")).Text);
        (await DeleteAsync($"/{id}/actions/{action}")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        Assert.Equal("""{"affectedRecords":1}""", (await DeleteAsync($"/{id}")).Text);
        (await server.GetAsync($"{Dispatchers}/{id}")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
    }

    [Theory]
    [InlineData("""{"actions":[]}""", 14, "eventType is required")]
    [InlineData("""{"eventType":"x"}""", 14, "actions is required")]
    [InlineData("""{"eventType":"x","actions":{}}""", 15, "actions must be an array of actions")]
    [InlineData("""{"eventType":"x","actions":[1]}""", 15, "actions[0]: An action is a JSON object.")]
    [InlineData("""{"eventType":"x","actions":[{"functionName":"f"}]}""", 14, "actions[0]: type is required")]
    [InlineData(
        """{"eventType":"x","actions":[{"type":"task","functionName":"f"},{"type":"mail","recipients":{"to":["a@b.c"]}}]}""",
        15, "actions[1]: type must be 'task': this server sends no mail.")]
    [InlineData("""{"eventType":"x","actions":[{"type":"sms"}]}""", 15, "actions[0]: type must be 'task'; got 'sms'.")]
    [InlineData("""{"eventType":"x","actions":[{"type":"task"}]}""", 14, "actions[0]: functionName is required")]
    [InlineData("""{"eventType":"x","actions":[{"type":"task","functionName":"f","dely":1}]}""", 15, "Did you mean delay?")]
    [InlineData("""{"eventType":"x","actions":[{"type":"task","functionName":"f","delay":-1}]}""", 15, "delay must be whole seconds")]
    [InlineData(
        """{"eventType":"x","actions":[{"type":"task","functionName":"f","delay":1,"startTimestamp":"2999-01-01T00:00:00Z"}]}""",
        15, "exclude each other")]
    [InlineData("""{"eventType":"x","actions":[],"name":""}""", 14, "name is required")]
    [InlineData("""{"eventType":"\ud800","actions":[]}""", 15, "half of a surrogate pair")]
    public async Task A_wrong_dispatcher_is_refused_in_words_that_say_how_to_mend_it(string body, int code, string message) =>
        Assert.Contains(message, (await server.PostAsync(Dispatchers, body)).IsBodyError(code), StringComparison.Ordinal);

    [Fact]
    public async Task More_than_a_hundred_actions_are_refused()
    {
        var actions = string.Join(',', Enumerable.Repeat("""{"type":"task","functionName":"f"}""", 101));

        (await server.PostAsync(Dispatchers, $$"""{"eventType":"many","actions":[{{actions}}]}""")).IsBodyError(15);
    }

    private static string Id(JsonElement json) => Text(json, "id");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private async Task<string> CreateAsync(string eventType, string action, string more = "")
    {
        var made = await server.PostAsync(Dispatchers, $$"""{"eventType":"{{eventType}}","actions":[{{action}}]{{more}}}""");
        Assert.Equal(HttpStatusCode.OK, made.Status);
        return Id(made.Json);
    }

    private Task<Answer> PutAsync(string path, string? body = null) => server.SendAsync(new(HttpMethod.Put, $"{Dispatchers}{path}")
    {
        Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
    });

    private Task<Answer> DeleteAsync(string path) => server.SendAsync(new(HttpMethod.Delete, $"{Dispatchers}{path}"));
}
