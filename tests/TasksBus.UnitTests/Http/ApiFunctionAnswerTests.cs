using System.Net;
using System.Text;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>What callers get from the answers of functions.</summary>
public sealed class ApiFunctionAnswerTests(ApiFunctionServer server) : ApiFunctionTest(server)
{
    [Theory]
    [InlineData("\"a \\\"quoted\\\" \\u00fc\\n\\ud83d\\ude42 \\/\"", "a \"quoted\" ü\n🙂 /")]
    [InlineData("\"\"", "")]
    [InlineData("null", "")]
    [InlineData("{\"an\": [\"object\", 1.50]}", "{\"an\": [\"object\", 1.50]}")]
    [InlineData("12", "12")]
    [InlineData("true", "true")]
    public async Task A_body_may_be_any_JSON_value(string body, string text)
    {
        Server.Fake.Answers["bodies"] = $$"""{ "body": {{body}}, "statusCode": 200, "more": {"ignored":[]} }""";
        using var answer = await Server.AskAsync(new(HttpMethod.Get, $"{Api}/bodies"));

        Assert.Equal((HttpStatusCode.OK, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(Encoding.UTF8.GetByteCount(text), answer.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("AP/+", false)]
    [InlineData("AP/\\u002b", true)]
    public async Task A_body_in_base64_is_decoded(string body, bool isFirst)
    {
        var (before, after) = isFirst ? ("\"isBase64Encoded\":true,", "") : ("", ",\"isBase64Encoded\":true");
        Server.Fake.Answers["decoded"] =
            $$$"""{{{{before}}}"statusCode":200,"headers":{"content-type":"image/png"},"body":"{{{body}}}"{{{after}}}}""";
        using var answer = await Server.AskAsync(new(HttpMethod.Get, $"{Api}/decoded"));

        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0x00, 0xFF, 0xFE], await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task An_answer_that_has_no_body_by_its_status_has_none(int status)
    {
        Server.Fake.Answers["bodiless"] =
            $$"""
            {"statusCode":{{status}},"headers":{"Connection":"close","Content-Length":"999","Transfer-Encoding":"chunked","ETag":"\"1\""},
            "body":"not sent"}
            """;
        using var answer = await Server.AskAsync(new(HttpMethod.Get, $"{Api}/bodiless"));

        Assert.Equal((status, ""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal("\"1\"", answer.Headers.ETag!.Tag);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"body\":\"x\"}")]
    [InlineData("{\"statusCode\":199}")]
    [InlineData("{\"statusCode\":500}")]
    [InlineData("{\"statusCode\":\"200\"}")]
    [InlineData("{\"statusCode\":200.5}")]
    [InlineData("{\"statusCode\":200,\"headers\":[]}")]
    [InlineData("{\"statusCode\":200,\"headers\":{\"sp ace\":\"x\"}}")]
    [InlineData("{\"statusCode\":200,\"headers\":{\"a\":\"x\\r\\nSet-Cookie: y\"}}")]
    [InlineData("{\"statusCode\":200,\"headers\":{\"a\":\"\\u00fc\"}}")]
    [InlineData("{\"statusCode\":200,\"headers\":{\"a\":\"\\ud800\"}}")]
    [InlineData("{\"statusCode\":200,\"headers\":{\"a\":{}}}")]
    [InlineData("{\"statusCode\":200,\"isBase64Encoded\":1}")]
    [InlineData("{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":\"no base64!\"}")]
    [InlineData("{\"statusCode\":200,\"isBase64Encoded\":true,\"body\":{}}")]
    [InlineData("{\"statusCode\":200,")]
    [InlineData("{\"statusCode\":200} {}")]
    [InlineData("")]
    public async Task An_answer_that_is_none_is_told_and_recorded(string answer)
    {
        var function = $"wrong-{Math.Abs(answer.GetHashCode(StringComparison.Ordinal))}";
        Server.Fake.Answers[function] = answer;

        var message = (await Server.GetAsync($"{Api}/{function}")).IsError(400, 1409, "INVALID_API_FUNCTION_RESULT");

        var recorded = await RecordedAsync(function);
        Assert.Equal(
            (400, "response", message),
            (recorded.GetProperty("statusCode").GetInt32(), recorded.GetProperty("error").GetProperty("type").GetString(),
                recorded.GetProperty("error").GetProperty("message").GetString()));
    }

    [Fact]
    public async Task What_goes_wrong_with_a_function_is_told_and_recorded()
    {
        var threw = await Server.GetAsync($"{Api}/throws");
        Assert.Equal(
            (400, 1406, """{"name":"TypeError","message":"x is undefined"}"""),
            ((int)threw.Status, threw.Json.GetProperty("code").GetInt32(), threw.Json.GetProperty("runtimeError").GetRawText()));
        Assert.Equal(
            """{"type":"runtime","name":"TypeError","message":"x is undefined"}""",
            (await RecordedAsync("throws")).GetProperty("error").GetRawText());

        (await Server.GetAsync($"{Api}/absent")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        Assert.Equal(("invocation", 404), (await RecordedAsync("absent")) is var absent
            ? (absent.GetProperty("error").GetProperty("type").GetString(), absent.GetProperty("statusCode").GetInt32())
            : default);

        await Server.ManageAsync("off", static row => row.IsEnabled = false);
        (await Server.GetAsync($"{Api}/off")).IsError(400, 1405, "LAMBDA_INVOCATION_EXCEPTION");
        Assert.Equal("FunctionDisabled", (await RecordedAsync("off")).GetProperty("error").GetProperty("name").GetString());
        Assert.DoesNotContain(Server.Fake.Invocations, static each => each.Function == "off");
    }

    [Fact]
    public async Task An_answer_of_6_MB_arrives_whole()
    {
        var body = string.Concat(Enumerable.Repeat("0123456789\\n", 520_000));
        Server.Fake.Answers["vast"] = $$"""{"statusCode":200,"body":"{{body}}"}""";

        var answer = await Server.GetAsync($"{Api}/vast");

        Assert.Equal((HttpStatusCode.OK, 520_000 * 11), (answer.Status, answer.Text.Length));
        Assert.EndsWith("9\n", answer.Text, StringComparison.Ordinal);
    }
}
