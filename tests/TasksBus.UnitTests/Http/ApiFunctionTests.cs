using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Requests that functions answer; each test uses functions of its own.</summary>
public class ApiFunctionTests(ApiFunctionTests.FunctionServer server) : IClassFixture<ApiFunctionTests.FunctionServer>
{
    private const string Api = "/tasks/v1/api";
    private const string FriendlyPage = "http://localhost:3000";

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("HEAD")]
    public async Task Every_method_reaches_the_function(string method)
    {
        server.Fake.Answers["verbs"] = """{"statusCode":203,"headers":{"X-Verb":"heard"},"body":"done"}""";
        using var answer = await server.AskAsync(new(new(method), $"{Api}/verbs/x"));

        Assert.Equal((203, "heard", "application/json"), ((int)answer.StatusCode, answer.Headers.GetValues("X-Verb").Single(), answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(4, answer.Content.Headers.ContentLength);
        Assert.Equal(method == "HEAD" ? "" : "done", await answer.Content.ReadAsStringAsync());
        Assert.Equal(method, Seen("verbs").GetProperty("requestContext").GetProperty("http").GetProperty("method").GetString());
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    public async Task Another_method_does_not(string method)
    {
        (await server.SendAsync(new(new(method), $"{Api}/untouched"))).IsError(405, 2, "ENDPOINT_EXCEPTION");

        Assert.DoesNotContain(server.Fake.Invocations, static each => each.Function == "untouched");
    }

    [Theory]
    [InlineData("cross-site", null, false)]
    [InlineData("same-site", null, false)]
    [InlineData("same-origin", null, true)]
    [InlineData("none", null, true)]
    [InlineData("same-site", FriendlyPage, true)]
    [InlineData("same-site", "http://localhost:3001", false)]
    public async Task Without_keys_a_page_of_another_site_cannot_run_a_function_unless_the_settings_name_it(string site, string? origin, bool isLetIn)
    {
        server.Fake.Answers["image"] = """{"statusCode":200}""";
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}/image");
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Origin", origin is null ? [] : [origin]);

        Assert.Equal(isLetIn ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await server.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("/", "/", "")]
    [InlineData("//a//", "//a//", "")]
    [InlineData("/a%20b/%C3%BC%2Fc/?x=1&x=2&y=%20+", "/a%20b/%C3%BC%2Fc/", "?x=1&x=2&y=%20+")]
    [InlineData("?", "", "?")]
    [InlineData("/logs", "/logs", "")]
    public async Task The_path_and_the_query_are_the_function_s_as_they_were_sent(string rest, string path, string query)
    {
        await CallAsync("paths", rest: rest);

        var seen = Seen("paths");
        Assert.Equal(("2.0", path, query), (seen.GetProperty("version").GetString(), seen.GetProperty("rawPath").GetString(), seen.GetProperty("rawQueryString").GetString()));
    }

    [Theory]
    [InlineData("text/plain", "hello \"ü\" \\ 🙂\n")]
    [InlineData("application/json; charset=utf-8", "{\"a\":\"\\u00fc\"}")]
    [InlineData("application/problem+json", "{}")]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=%20")]
    [InlineData(null, "no type")]
    [InlineData("text/plain", "")]
    public async Task A_text_is_handed_over_as_text(string? type, string body)
    {
        await CallAsync("texts", body: Encoding.UTF8.GetBytes(body), type: type);

        Assert.Equal((body, false), (Seen("texts").GetProperty("body").GetString(), Seen("texts").GetProperty("isBase64Encoded").GetBoolean()));
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("image/png")]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Bytes_are_handed_over_as_base64_also_where_they_only_claim_to_be_text(string? type)
    {
        // Text for long, and then not: what was taken for text is taken back.
        var body = new byte[200_001];
        for (var i = 0; i < body.Length - 1; i += 4)
        {
            "\"\n\u00fc"u8.CopyTo(body.AsSpan(i));
        }

        body[^1] = 0xC3;
        await CallAsync("bytes", body: body, type: type);

        var seen = Seen("bytes");
        Assert.True(seen.GetProperty("isBase64Encoded").GetBoolean());
        Assert.Equal(body, seen.GetProperty("body").GetBytesFromBase64());
    }

    [Fact]
    public async Task Headers_have_lower_case_names()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}/headers");
        request.Headers.TryAddWithoutValidation("X-CamelCase", ["one", "two"]);
        request.Headers.TryAddWithoutValidation("Cookie", "a=1; b=2");
        server.Fake.Answers["headers"] = """{"statusCode":204}""";
        await server.SendAsync(request);

        var headers = Seen("headers").GetProperty("headers");
        Assert.Equal(("one,two", "a=1; b=2"), (headers.GetProperty("x-camelcase").GetString()!.Replace(" ", "", StringComparison.Ordinal), headers.GetProperty("cookie").GetString()));
        Assert.All(headers.EnumerateObject(), static header => Assert.Equal(header.Name.ToLowerInvariant(), header.Name));
    }

    [Theory]
    [InlineData("\"a \\\"quoted\\\" \\u00fc\\n\\ud83d\\ude42 \\/\"", "a \"quoted\" ü\n🙂 /")]
    [InlineData("\"\"", "")]
    [InlineData("null", "")]
    [InlineData("{\"an\": [\"object\", 1.50]}", "{\"an\": [\"object\", 1.50]}")]
    [InlineData("12", "12")]
    [InlineData("true", "true")]
    public async Task A_body_may_be_any_JSON_value(string body, string text)
    {
        server.Fake.Answers["bodies"] = $$"""{ "body": {{body}}, "statusCode": 200, "more": {"ignored":[]} }""";
        using var answer = await server.AskAsync(new(HttpMethod.Get, $"{Api}/bodies"));

        Assert.Equal((HttpStatusCode.OK, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(Encoding.UTF8.GetByteCount(text), answer.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("AP/+", false)]
    [InlineData("AP/\\u002b", true)]
    public async Task A_body_in_base64_is_decoded(string body, bool isFirst)
    {
        var (before, after) = isFirst ? ("\"isBase64Encoded\":true,", "") : ("", ",\"isBase64Encoded\":true");
        server.Fake.Answers["decoded"] = $$$"""{{{{before}}}"statusCode":200,"headers":{"content-type":"image/png"},"body":"{{{body}}}"{{{after}}}}""";
        using var answer = await server.AskAsync(new(HttpMethod.Get, $"{Api}/decoded"));

        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0x00, 0xFF, 0xFE], await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task An_answer_that_has_no_body_by_its_status_has_none(int status)
    {
        server.Fake.Answers["bodiless"] = $$"""{"statusCode":{{status}},"headers":{"Connection":"close","Content-Length":"999","Transfer-Encoding":"chunked","ETag":"\"1\""},"body":"not sent"}""";
        using var answer = await server.AskAsync(new(HttpMethod.Get, $"{Api}/bodiless"));

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
        server.Fake.Answers[function] = answer;

        var message = (await server.GetAsync($"{Api}/{function}")).IsError(400, 1409, "INVALID_API_FUNCTION_RESULT");

        var recorded = await RecordedAsync(function);
        Assert.Equal((400, "response", message), (recorded.GetProperty("statusCode").GetInt32(), recorded.GetProperty("error").GetProperty("type").GetString(), recorded.GetProperty("error").GetProperty("message").GetString()));
    }

    [Fact]
    public async Task What_goes_wrong_with_a_function_is_told_and_recorded()
    {
        var threw = await server.GetAsync($"{Api}/throws");
        Assert.Equal((400, 1406, """{"name":"TypeError","message":"x is undefined"}"""), ((int)threw.Status, threw.Json.GetProperty("code").GetInt32(), threw.Json.GetProperty("runtimeError").GetRawText()));
        Assert.Equal("""{"type":"runtime","name":"TypeError","message":"x is undefined"}""", (await RecordedAsync("throws")).GetProperty("error").GetRawText());

        (await server.GetAsync($"{Api}/absent")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        Assert.Equal(("invocation", 404), (await RecordedAsync("absent")) is var absent ? (absent.GetProperty("error").GetProperty("type").GetString(), absent.GetProperty("statusCode").GetInt32()) : default);

        await server.ManageAsync("off", static row => row.IsEnabled = false);
        (await server.GetAsync($"{Api}/off")).IsError(400, 1405, "LAMBDA_INVOCATION_EXCEPTION");
        Assert.Equal("FunctionDisabled", (await RecordedAsync("off")).GetProperty("error").GetProperty("name").GetString());
        Assert.DoesNotContain(server.Fake.Invocations, static each => each.Function == "off");
    }

    [Fact]
    public async Task A_request_is_recorded_with_its_log()
    {
        server.Fake.Answers["chatty-api"] = """{"statusCode":201,"body":"x"}""";
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        await CallAsync("chatty-api", rest: "/deep/er?q=1", body: "{}"u8.ToArray(), type: "application/json");

        var recorded = await RecordedAsync("chatty-api");
        Assert.Equal(["id", "functionName", "method", "path", "statusCode", "timestamp", "duration"], recorded.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(("POST", "deep/er?q=", 201), (recorded.GetProperty("method").GetString(), recorded.GetProperty("path").GetString(), recorded.GetProperty("statusCode").GetInt32()));
        Assert.InRange(recorded.GetProperty("timestamp").GetDateTimeOffset(), before, TimeProvider.System.GetUtcNow());
        Assert.InRange(recorded.GetProperty("duration").GetDouble(), 0.000001, 30);
        var id = recorded.GetProperty("id").GetString();
        using var logs = await server.AskAsync(new(HttpMethod.Get, $"/tasks/v1/apiRequests/{id}/logs?ge(timestamp,2021-09-29T15:17:07.051Z)&limit(2,1)"));
        Assert.Equal("request-of-chatty-api", logs.Headers.GetValues("X-Lambda-Request-Id").Single());
        Assert.Equal("""{"offset":1,"limit":2}""", JsonElement.Parse(await logs.Content.ReadAsStringAsync()).GetProperty("page").GetRawText());

        (await server.GetAsync("/tasks/v1/apiRequests/0123/logs")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
        (await server.GetAsync("/tasks/v1/apiRequests/507f1f77bcf86cd799439011/logs")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        await CallAsync("silent");
        var silent = (await RecordedAsync("silent")).GetProperty("id").GetString();
        (await server.GetAsync($"/tasks/v1/apiRequests/{silent}/logs")).IsError(400, 1413, "NO_API_REQUEST_LOGS_FOUND");
    }

    [Fact]
    public async Task A_request_may_have_6_MB_as_Lambda_gets_it_and_no_byte_more()
    {
        var (text, bytes) = (new string('x', 6_200_000), new byte[4_720_000]);
        await CallAsync("large", body: Encoding.ASCII.GetBytes(text), type: "text/plain");
        Assert.Equal(text.Length, Seen("large").GetProperty("body").GetString()!.Length);
        await CallAsync("large", body: bytes[..4_600_000], type: "application/octet-stream");
        Assert.True(Seen("large").GetProperty("isBase64Encoded").GetBoolean());

        foreach (var (body, type) in new[] { (new byte[6_291_457], "text/plain"), (bytes[..4_720_000], "application/octet-stream"), (Encoding.ASCII.GetBytes(new string('"', 3_200_000)), "text/plain") })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"{Api}/larger") { Content = Content(body, type) };
            request.Headers.ExpectContinue = true;
            (await server.SendAsync(request)).IsError(413, 15, "FIELD_FORMAT_EXCEPTION");
        }

        Assert.DoesNotContain(server.Fake.Invocations, static each => each.Function == "larger");
    }

    [Fact]
    public async Task An_answer_of_6_MB_arrives_whole()
    {
        var body = string.Concat(Enumerable.Repeat("0123456789\\n", 520_000));
        server.Fake.Answers["vast"] = $$"""{"statusCode":200,"body":"{{body}}"}""";

        var answer = await server.GetAsync($"{Api}/vast");

        Assert.Equal((HttpStatusCode.OK, 520_000 * 11), (answer.Status, answer.Text.Length));
        Assert.EndsWith("9\n", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_requests_than_allowed_are_answered_at_once()
    {
        // Of this name the fake answers when the test is over.
        using var enough = new CancellationTokenSource();
        var running = Enumerable.Range(0, FunctionServer.MaxRequests).Select(_ => server.AskAsync(new(HttpMethod.Get, $"{Api}/endless"), enough.Token)).ToArray();
        await Eventually.TrueAsync(() => server.Fake.Invocations.Count(static each => each.Function == "endless") == running.Length, "the requests run");

        (await server.GetAsync($"{Api}/endless")).IsError(400, 1412, "CONCURRENT_API_FUNCTION_LIMIT_EXCEPTION");

        await enough.CancelAsync();
        server.Fake.Release();
        foreach (var request in running)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }

        // What ran on without its callers has ended and is recorded.
        await Eventually.TrueAsync(async () => (await server.GetAsync("/tasks/v1/apiRequests?eq(functionName,endless)")).Json.GetProperty("page").GetProperty("total").GetInt32() == running.Length, "all are recorded");
        await CallAsync("after-all");
    }

    [Fact]
    public async Task Requests_are_listed_newest_first_by_pages()
    {
        for (var i = 0; i < 3; i++)
        {
            await CallAsync("paged", rest: $"/{i}");
        }

        await RecordedAsync("paged", 3);
        var page = (await server.GetAsync("/tasks/v1/apiRequests/?eq(functionName,paged)&limit(2,1)")).Json;
        Assert.Equal("""{"total":3,"offset":1,"limit":2}""", page.GetProperty("page").GetRawText());
        Assert.Equal(["1", "0"], page.GetProperty("data").EnumerateArray().Select(static each => each.GetProperty("path").GetString()));
        var id = page.GetProperty("data")[0].GetProperty("id").GetString();
        Assert.Equal(1, (await server.GetAsync($"/tasks/v1/apiRequests?eq(id,{id})")).Json.GetProperty("page").GetProperty("total").GetInt32());
        (await server.GetAsync("/tasks/v1/apiRequests?eq(functionName")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    private static ByteArrayContent Content(byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private async Task CallAsync(string function, string rest = "", byte[]? body = null, string? type = null)
    {
        server.Fake.Answers.TryAdd(function, """{"statusCode":200}""");
        var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, new Uri($"{server.Url}{Api}/{function}{rest}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = body is null ? null : Content(body, type),
        };
        var answer = await server.SendAsync(request);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
    }

    private JsonElement Seen(string function) => JsonElement.Parse(server.Fake.LastPayload(function));

    /// <summary>The newest of a function's recorded requests.</summary>
    private async Task<JsonElement> RecordedAsync(string function, int total = 1)
    {
        JsonElement page = default;
        await Eventually.TrueAsync(async () =>
        {
            page = (await server.GetAsync($"/tasks/v1/apiRequests?eq(functionName,{function})")).Json;
            return page.GetProperty("page").GetProperty("total").GetInt32() >= total;
        }, $"{total} requests of {function} are recorded");
        return page.GetProperty("data")[0];
    }

    public sealed class FunctionServer : ApiServer
    {
        public const int MaxRequests = 3;

        protected override string[] Settings => [$"--TasksBus:MaxApiRequests={MaxRequests}", "--TasksBus:FunctionShare=100", $"--TasksBus:Cors:Origins:0={FriendlyPage}"];
    }
}
