using System.Net;
using System.Text;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Misspelt fields in a body that makes tasks or schedules are refused, never ignored.</summary>
[Collection(ApiServer.Collection)]
public class BodyFieldsTests(ApiServer server)
{
    [Theory]
    [InlineData(
        "/tasks/v1/", """{"functionName":"spelt","startTimeStamp":"2999-01-01T00:00:00Z"}""",
        "There is no field 'startTimeStamp'. Did you mean startTimestamp? "
            + "A task has functionName, data, startTimestamp, priority, tags, reference, publisher, taskId.")]
    [InlineData("/tasks/v1/", """{"functionName":"spelt","Priority":5}""", "Did you mean priority?")]
    [InlineData("/tasks/v1/", """{"functionName":"spelt","nothing-like-it":null}""", "There is no field 'nothing-like-it'. A task has")]
    [InlineData("/tasks/v1/", """{"functionName":"spelt","start\u0054imeStamp":"2999-01-01T00:00:00Z"}""", "Did you mean startTimestamp?")]
    [InlineData("/tasks/v1/", """{"functionName":"spelt","\ud800":1}""", "half of a surrogate pair")]
    [InlineData(
        "/tasks/v1/batch", """{"tasks":[{"functionName":"spelt"},{"functionName":"spelt","tag":["a"]}]}""",
        "tasks[1]: There is no field 'tag'. Did you mean tags?")]
    [InlineData(
        "/tasks/v1/batch", """{"tasks":[{"functionName":"spelt"}],"priority":1}""", "There is no field 'priority'. A batch has tasks.")]
    [InlineData("/tasks/v1/schedules", """{"functionName":"spelt","interval":60,"overlaps":"skip"}""", "Did you mean overlap?")]
    [InlineData(
        "/tasks/v1/schedules", """{"functionName":"spelt","interval":60,"paused":true}""", "There is no field 'paused'. A schedule has")]
    [InlineData("/tasks/v1/functions/spelt/execute", """{"dat":{"a":1}}""", "Did you mean data?")]
    public async Task A_field_that_nobody_knows_is_refused_with_the_nearest_name_and_nothing_is_made(
        string path, string body, string expected)
    {
        var message = (await server.PostAsync(path, body)).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Equal(0, (await server.GetAsync("/tasks/v1/?functionName=spelt")).Json.GetProperty("page").GetProperty("total").GetInt32());
        Assert.Equal(
            0, (await server.GetAsync("/tasks/v1/schedules?functionName=spelt")).Json.GetProperty("page").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task A_required_field_that_is_misspelt_is_told_with_its_name() =>
        Assert.Contains(
            "Did you mean functionName?",
            (await server.PostAsync("/tasks/v1/", """{"functionname":"hello"}""")).IsError(400, 14, "MISSING_REQUIRED_FIELDS_EXCEPTION"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"data":{"n":2}}""", 15)]
    [InlineData("""{"startTimestamp":"2999-01-01T00:00:00Z"}""", 15)]
    [InlineData("not JSON", 22)]
    [InlineData("[]", 22)]
    public async Task A_body_on_a_rerun_is_not_passed_over(string body, int code)
    {
        var id = await server.CreateWaitingAsync("rerun-with-body");

        Assert.Equal(code, (await server.PostAsync($"/tasks/v1/{id}/rerun", body)).Json.GetProperty("code").GetInt32());
        Assert.Equal(1, (await server.GetAsync("/tasks/v1/?functionName=rerun-with-body&id=" + id)).Json.GetProperty("page")
            .GetProperty("total").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"/tasks/v1/{id}/rerun", "{}")).Status);
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_says_nothing()
    {
        var answer = await server.PostAsync(
            "/tasks/v1/", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("""{"functionName":"marked","data":{"a":"\ufeff"}}""")]);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"a":"\ufeff"}""", answer.Json.GetProperty("data").GetRawText());
        (await server.PostAsync("/tasks/v1/", [0xEF, 0xBB, 0xBF])).IsError(400, 13, "EMPTY_BODY_EXCEPTION");
    }

    [Theory]
    [InlineData("/tasks/v1/no'id<>ü")]
    [InlineData("/tasks/v1/?status=<faild>")]
    [InlineData("/nowhere/'ü'")]
    public async Task A_message_is_plain_text_and_not_escaped(string path)
    {
        var text = (await server.GetAsync(path)).Text;

        Assert.DoesNotContain("\\u", text, StringComparison.Ordinal);
        Assert.Contains('\'', text);
    }

    [Fact]
    public async Task A_host_name_that_is_not_the_servers_is_refused_in_the_APIs_form()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/tasks/v1/") { Headers = { Host = "tasks.example.org" } };

        Assert.Contains(
            "'tasks.example.org'", (await server.SendAsync(request)).IsError(400, 15, "FIELD_FORMAT_EXCEPTION"), StringComparison.Ordinal);
    }
}

/// <summary>For clients that rely on the tolerance of the original service.</summary>
public class TolerantBodyTests(TolerantBodyTests.TolerantServer server) : IClassFixture<TolerantBodyTests.TolerantServer>
{
    private const string Other = "507f1f77bcf86cd799439011";

    [Theory]
    [InlineData(
        "/tasks/v1/",
        $$"""{"functionName":"a","unknown":1,"id":"{{Other}}","createdByUserId":"{{Other}}","createdByApplicationId":"{{Other}}"}""")]
    [InlineData(
        "/tasks/v1/schedules",
        $$"""
        {"functionName":"a","interval":86400,"paused":true,"nextTimestamp":"2000-01-01T00:00:00Z","id":"{{Other}}",
        "createdByUserId":"{{Other}}"}
        """)]
    [InlineData("/tasks/v1/functions/a/execute", $$"""{"unknown":1,"id":"{{Other}}","createdByUserId":"{{Other}}"}""")]
    public async Task Fields_that_nobody_knows_say_nothing(string path, string body)
    {
        var answer = await server.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.DoesNotContain(Other, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"paused\":true", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_on_a_rerun_says_nothing()
    {
        var id = await server.CreateWaitingAsync("tolerated");

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"/tasks/v1/{id}/rerun", "whatever")).Status);
        Assert.Equal(
            HttpStatusCode.OK,
            (await server.PostAsync("/tasks/v1/batch", """{"tasks":[{"functionName":"a","unknown":1}],"unknown":1}""")).Status);
    }

    public sealed class TolerantServer : ApiServer
    {
        protected override string[] Settings => ["--TasksBus:UnknownFields=ignore"];
    }
}
