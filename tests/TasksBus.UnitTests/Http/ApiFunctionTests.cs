using System.Net;
using System.Text;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Which requests reach a function, and what it gets of them.</summary>
public sealed class ApiFunctionTests(ApiFunctionServer server) : ApiFunctionTest(server)
{
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
        Server.Fake.Answers["verbs"] = """{"statusCode":203,"headers":{"X-Verb":"heard"},"body":"done"}""";
        using var answer = await Server.AskAsync(new(new(method), $"{Api}/verbs/x"));

        Assert.Equal(
            (203, "heard", "application/json"),
            ((int)answer.StatusCode, answer.Headers.GetValues("X-Verb").Single(), answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(4, answer.Content.Headers.ContentLength);
        Assert.Equal(method == "HEAD" ? "" : "done", await answer.Content.ReadAsStringAsync());
        Assert.Equal(method, Seen("verbs").GetProperty("requestContext").GetProperty("http").GetProperty("method").GetString());
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    public async Task Another_method_does_not(string method)
    {
        (await Server.SendAsync(new(new(method), $"{Api}/untouched"))).IsError(405, 2, "ENDPOINT_EXCEPTION");

        Assert.DoesNotContain(Server.Fake.Invocations, static each => each.Function == "untouched");
    }

    [Theory]
    [InlineData("cross-site", null, false)]
    [InlineData("same-site", null, false)]
    [InlineData("same-origin", null, true)]
    [InlineData("none", null, true)]
    [InlineData("same-site", ApiFunctionServer.FriendlyPage, true)]
    [InlineData("same-site", "http://localhost:3001", false)]
    public async Task Without_keys_a_page_of_another_site_cannot_run_a_function_unless_the_settings_name_it(
        string site, string? origin, bool isLetIn)
    {
        Server.Fake.Answers["image"] = """{"statusCode":200}""";
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Api}/image");
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Headers.Add("Origin", origin is null ? [] : [origin]);

        Assert.Equal(isLetIn ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await Server.SendAsync(request)).Status);
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
        Assert.Equal(
            ("2.0", path, query),
            (seen.GetProperty("version").GetString(), seen.GetProperty("rawPath").GetString(),
                seen.GetProperty("rawQueryString").GetString()));
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

        Assert.Equal(
            (body, false), (Seen("texts").GetProperty("body").GetString(), Seen("texts").GetProperty("isBase64Encoded").GetBoolean()));
    }

    [Theory]
    [InlineData("application/octet-stream")]
    [InlineData("image/png")]
    [InlineData("text/plain; charset=iso-8859-1")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Bytes_are_handed_over_as_base64_also_where_they_only_claim_to_be_text(string? type)
    {
        // The body is text for long, and then it is not, so it must be handed over as bytes after all.
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
        Server.Fake.Answers["headers"] = """{"statusCode":204}""";
        await Server.SendAsync(request);

        var headers = Seen("headers").GetProperty("headers");
        Assert.Equal(
            ("one,two", "a=1; b=2"),
            (headers.GetProperty("x-camelcase").GetString()!.Replace(" ", "", StringComparison.Ordinal),
                headers.GetProperty("cookie").GetString()));
        Assert.All(headers.EnumerateObject(), static header => Assert.Equal(header.Name.ToLowerInvariant(), header.Name));
    }

    [Fact]
    public async Task A_request_may_have_6_MB_as_Lambda_gets_it_and_no_byte_more()
    {
        var (text, bytes) = (new string('x', 6_200_000), new byte[4_720_000]);
        await CallAsync("large", body: Encoding.ASCII.GetBytes(text), type: "text/plain");
        Assert.Equal(text.Length, Seen("large").GetProperty("body").GetString()!.Length);
        await CallAsync("large", body: bytes[..4_600_000], type: "application/octet-stream");
        Assert.True(Seen("large").GetProperty("isBase64Encoded").GetBoolean());

        foreach (var (body, type) in new[]
        {
            (new byte[6_291_457], "text/plain"), (bytes[..4_720_000], "application/octet-stream"),
            (Encoding.ASCII.GetBytes(new string('"', 3_200_000)), "text/plain"),
        })
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"{Api}/larger") { Content = Content(body, type) };
            request.Headers.ExpectContinue = true;
            (await Server.SendAsync(request)).IsError(413, 15, "FIELD_FORMAT_EXCEPTION");
        }

        Assert.DoesNotContain(Server.Fake.Invocations, static each => each.Function == "larger");
    }
}
