using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class CreateTaskTests(ApiServer server)
{
    [Theory]
    [InlineData("/tasks/v1/")]
    [InlineData("/tasks/v1")]
    public async Task A_task_of_a_function_name_alone_has_the_defaults_and_no_absent_field(string path)
    {
        var answer = await server.PostAsync(path, """{"functionName":"hello"}""");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(
            ["id", "status", "statusChangedTimestamp", "functionName", "startTimestamp", "tags", "priority", "creationTimestamp",
                "updateTimestamp"],
            answer.Json.EnumerateObject().Select(static property => property.Name));
        Assert.Matches("^[0-9a-f]{24}$", answer.Json.GetProperty("id").GetString());
        Assert.Equal("new", answer.Json.GetProperty("status").GetString());
        Assert.Equal("[]", answer.Json.GetProperty("tags").GetRawText());
        Assert.Equal("0", answer.Json.GetProperty("priority").GetRawText());
        Assert.All(["statusChangedTimestamp", "startTimestamp", "creationTimestamp", "updateTimestamp"], name =>
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", answer.Json.GetProperty(name).GetString()));
    }

    [Fact]
    public async Task A_task_with_everything_is_answered_and_read_again_as_it_was_sent()
    {
        const string Data =
            """{"patient":{"id":"x"},"n":123456789012345678901234567890,"key":1,"KEY":2,"":3,"nul":"\u0000","half":"\ud800","""
            + "\"html\":\"<&>'\",\"list\":[null,0.10]}";
        var created = await server.PostAsync("/tasks/v1/",
            $$"""
            {"functionName":"full:alias-1","data":{{Data}},"startTimestamp":"2999-01-01T00:00:00.000Z",
            "tags":["a","ü\ud83d\ude00",""],"priority":-9007199254740991}
            """);

        Assert.Equal(HttpStatusCode.OK, created.Status);
        var read = await server.GetAsync($"/tasks/v1/{created.Json.GetProperty("id").GetString()}");
        Assert.Equal(created.Text, read.Text);
        Assert.Equal(Data, read.Json.GetProperty("data").GetRawText());
        Assert.Equal("full:alias-1", read.Json.GetProperty("functionName").GetString());
        Assert.Equal(["a", "ü\U0001F600", ""], read.Json.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        Assert.Equal(-9007199254740991, read.Json.GetProperty("priority").GetInt64());
        Assert.Equal("2999-01-01T00:00:00.000Z", read.Json.GetProperty("startTimestamp").GetString());
    }

    [Fact]
    public async Task Fields_that_are_null_count_as_absent()
    {
        var answer = await server.PostAsync(
            "/tasks/v1/", """{"functionName":"hello","data":null,"startTimestamp":null,"tags":null,"priority":null}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.False(answer.Json.TryGetProperty("data", out _));
        Assert.DoesNotContain(answer.Json.EnumerateObject(), static property => property.Value.ValueKind == JsonValueKind.Null);
    }

    [Theory]
    [InlineData("2999-05-06T07:08:09.123Z", "2999-05-06T07:08:09.123Z")]
    [InlineData("2999-05-06T09:08:09.123+02:00", "2999-05-06T07:08:09.123Z")]
    [InlineData("2999-05-06T07:08:09.1230000Z", "2999-05-06T07:08:09.123Z")]
    [InlineData("2999-05-06T07:08:09.123", "2999-05-06T07:08:09.123Z")]
    [InlineData("2999-05-06T07:08:09Z", "2999-05-06T07:08:09.000Z")]
    [InlineData("2999-05-06T07:08Z", "2999-05-06T07:08:00.000Z")]
    [InlineData("2999-05-06", "2999-05-06T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999Z")]
    public async Task A_timestamp_means_the_same_instant_however_it_is_written(string sent, string expected)
    {
        var answer = await server.PostAsync("/tasks/v1/", $$"""{"functionName":"timed","startTimestamp":"{{sent}}"}""");

        Assert.Equal(expected, answer.Json.GetProperty("startTimestamp").GetString());
    }

    [Fact]
    public async Task A_start_in_1970_is_kept_and_runs_at_once()
    {
        var answer = await server.PostAsync("/tasks/v1/", """{"functionName":"old","startTimestamp":"1970-01-01T00:00:00Z"}""");

        Assert.Equal("1970-01-01T00:00:00.000Z", answer.Json.GetProperty("startTimestamp").GetString());
    }

    [Theory]
    [InlineData(null, 13)]
    [InlineData("", 13)]
    [InlineData(" ", 22)]
    [InlineData("{", 22)]
    [InlineData("null", 22)]
    [InlineData("[]", 22)]
    [InlineData("\"hello\"", 22)]
    [InlineData("{\"functionName\":\"hello\"} x", 22)]
    [InlineData("{'functionName':'hello'}", 22)]
    [InlineData("{}", 14)]
    [InlineData("""{"functionName":null}""", 14)]
    [InlineData("""{"functionName":""}""", 14)]
    [InlineData("""{"FunctionName":"hello"}""", 14)]
    [InlineData("""{"functionName":5}""", 15)]
    [InlineData("""{"functionName":{}}""", 15)]
    [InlineData("""{"functionName":"a b"}""", 15)]
    [InlineData("""{"functionName":"a\nb"}""", 15)]
    [InlineData("""{"functionName":"a\n"}""", 15)]
    [InlineData("""{"functionName":"\u00fc"}""", 15)]
    [InlineData("""{"functionName":"\ud800"}""", 15)]
    [InlineData("""{"functionName":"hello","data":[]}""", 15)]
    [InlineData("""{"functionName":"hello","data":"x"}""", 15)]
    [InlineData("""{"functionName":"hello","data":1}""", 15)]
    [InlineData("""{"functionName":"hello","priority":"5"}""", 15)]
    [InlineData("""{"functionName":"hello","priority":1.5}""", 15)]
    [InlineData("""{"functionName":"hello","priority":true}""", 15)]
    [InlineData("""{"functionName":"hello","priority":9007199254740992}""", 15)]
    [InlineData("""{"functionName":"hello","priority":-9007199254740992}""", 15)]
    [InlineData("""{"functionName":"hello","priority":1e400}""", 15)]
    [InlineData("""{"functionName":"hello","priority":99999999999999999999}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":"tomorrow"}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":""}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":1632928627}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":"2021-13-01T00:00:00Z"}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":"9999-12-31T23:59:59-02:00"}""", 15)]
    [InlineData("""{"functionName":"hello","startTimestamp":"\ud800-09-29T15:17:07Z"}""", 15)]
    [InlineData("""{"functionName":"hello","tags":"x"}""", 15)]
    [InlineData("""{"functionName":"hello","tags":{}}""", 15)]
    [InlineData("""{"functionName":"hello","tags":[1]}""", 15)]
    [InlineData("""{"functionName":"hello","tags":[null]}""", 15)]
    [InlineData("""{"functionName":"hello","tags":["\u0000"]}""", 15)]
    [InlineData("""{"functionName":"hello","tags":["\ud800"]}""", 15)]
    [InlineData("""{"functionName":"hello","tags":["\ufffd\udc00"]}""", 15)]
    public async Task A_body_that_is_no_task_is_refused_with_its_code(string? body, int code) =>
        (await server.PostAsync("/tasks/v1/", body)).IsBodyError(code);

    [Fact]
    public async Task A_message_tells_the_field_and_what_was_sent()
    {
        var answer = await server.PostAsync("/tasks/v1/", """{"functionName":"hello","priority":"5"}""");

        Assert.Equal(
            "priority must be an integer from -9007199254740991 to 9007199254740991; got \"5\".", answer.IsBodyError(15));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        byte[] body = [.. """{"functionName":"hello","data":{"a":" """u8, 0xFF, .. "\"}}"u8];

        (await server.PostAsync("/tasks/v1/", body)).IsBodyError(22);
    }

    [Theory]
    [InlineData(100, 256, null)]
    [InlineData(101, 1, 15)]
    [InlineData(1, 257, 15)]
    public async Task Tags_are_limited_in_number_and_length(int count, int length, int? code)
    {
        var tags = string.Join(',', Enumerable.Repeat($"\"{new string('t', length)}\"", count));

        var answer = await server.PostAsync("/tasks/v1/", $$"""{"functionName":"tagged","tags":[{{tags}}]}""");

        AssertOutcome(answer, 400, code);
    }

    [Theory]
    [InlineData(170, null)]
    [InlineData(171, 15)]
    public async Task Names_of_functions_are_limited_in_length(int length, int? code) =>
        AssertOutcome(await server.PostAsync("/tasks/v1/", $$"""{"functionName":"{{new string('f', length)}}"}"""), 400, code);

    [Theory]
    [InlineData(59, null)]
    [InlineData(60, 15)]
    [InlineData(70, 22)]
    [InlineData(100_000, 22)]
    public async Task Data_is_limited_in_depth(int depth, int? code) => AssertOutcome(
        await server.PostAsync(
            "/tasks/v1/", $$$"""{"functionName":"deep","data":{"a":{{{new string('[', depth)}}}{{{new string(']', depth)}}}}}"""),
        400, code);

    [Theory]
    [InlineData(6 * 1024 * 1024 - 257 * 1024, null)]
    [InlineData(6 * 1024 * 1024, 15)]
    [InlineData(31_000_000, 15)]
    public async Task Data_beyond_what_Lambda_takes_is_refused_as_too_large(int bytes, int? code) => AssertOutcome(
        await server.PostAsync(
            "/tasks/v1/", $$$"""{"functionName":"large","startTimestamp":"2999-01-01","data":{"a":"{{{new string('x', bytes)}}}"}}"""),
        413, code);

    private static void AssertOutcome(Answer answer, int status, int? code)
    {
        if (code is { } expected)
        {
            answer.IsBodyError(expected, status);
        }
        else
        {
            Assert.True(answer.Status == HttpStatusCode.OK, $"Expected 200; got {(int)answer.Status}: {answer.Text}");
        }
    }
}
