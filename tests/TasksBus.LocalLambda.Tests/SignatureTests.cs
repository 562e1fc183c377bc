using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.LocalLambda.Tests;

/// <summary>A server with keys: what it lets in, and what it says to others.</summary>
public sealed class SignatureTests : LambdaTest
{
    private const string Unsigned = "UNSIGNED-PAYLOAD";
    private static readonly HttpClient s_client = new();
    private readonly LocalLambdaKey _key = LocalLambdaKey.New();
    private readonly LocalLambdaKey _other = LocalLambdaKey.New();

    protected override void Configure(LocalLambdaOptions options)
    {
        (options.Keys, options.WithoutKeys) = ([_key, _other], false);
        Write("echo", "export const handler = async event => event;");
    }

    [Fact]
    public async Task A_request_signed_with_any_of_the_keys_runs_the_function()
    {
        foreach (var key in Options.Keys)
        {
            Assert.Equal("""{"a":"ü"}""", (await SendAsync(new() { Key = key })).Value);
            Assert.Equal("{}", (await SendAsync(new() { Key = key, Body = "" })).Value);
        }
    }

    [Theory]
    [InlineData("/2015-03-31/functions/echo%3A%24LATEST/invocations")]
    [InlineData("/2015-03-31/functions/echo/invocations?Qualifier=%24LATEST")]
    [InlineData("/2015-03-31/functions/echo/invocations?b=2&a=x%20y&a=%C3%BC&c")]
    [InlineData("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho/invocations")]
    public async Task A_path_and_a_query_are_signed_as_they_are_sent(string target) =>
        Assert.Equal("""{"a":"ü"}""", (await SendAsync(new() { Target = target })).Value);

    [Theory]
    [InlineData("us-east-1")]
    [InlineData("eu-central-1")]
    public async Task Any_region_will_do(string region) => Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Region = region })).Status);

    [Theory]
    [InlineData(-4.5)]
    [InlineData(4.5)]
    public async Task A_clock_may_be_off_by_less_than_five_minutes(double minutes) =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Offset = TimeSpan.FromMinutes(minutes) })).Status);

    [Theory]
    [InlineData(-5.5, "expired")]
    [InlineData(5.5, "not yet current")]
    [InlineData(-60 * 24, "expired")]
    public async Task Beyond_that_the_signature_is_refused(double minutes, string expected) =>
        AssertRefused(await SendAsync(new() { Offset = TimeSpan.FromMinutes(minutes) }), "InvalidSignatureException", expected);

    [Fact]
    public async Task A_request_without_a_signature_is_refused_whatever_it_asks_for()
    {
        foreach (var target in new[] { "/2015-03-31/functions/echo/invocations", "/2015-03-31/functions/absent/invocations", "/2015-03-31/functions", "/" })
        {
            AssertRefused(await SendAsync(new() { Target = target, Authorization = static _ => null }), "MissingAuthenticationTokenException", "Missing Authentication Token");
        }
    }

    [Theory]
    [InlineData("Bearer x", "AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA512 Credential=a", "AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA256 nonsense", "NAME=VALUE")]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", "Credential=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda, SignedHeaders=host, Signature=0", "Credential=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, Signature=0", "SignedHeaders=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, SignedHeaders=Host, Signature=0", "SignedHeaders=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=xyz", "Signature=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, Credential=b, SignedHeaders=host, Signature=0", "each once")]
    public async Task A_signature_with_a_part_amiss_is_told_which(string authorization, string expected) =>
        AssertRefused(await SendAsync(new() { Authorization = _ => authorization }), "IncompleteSignatureException", expected);

    [Fact]
    public async Task A_key_that_is_not_known_is_refused() =>
        AssertRefused(await SendAsync(new() { Key = LocalLambdaKey.New() }), "UnrecognizedClientException", "security token");

    [Fact]
    public async Task A_secret_of_another_key_is_refused() =>
        AssertRefused(await SendAsync(new() { Key = new() { AccessKey = _key.AccessKey, SecretKey = _other.SecretKey } }), "InvalidSignatureException", "does not match");

    [Theory]
    [InlineData("s3")]
    [InlineData("sts")]
    public async Task A_signature_for_another_service_is_refused(string service) =>
        AssertRefused(await SendAsync(new() { Service = service }), "InvalidSignatureException", "'lambda'");

    [Fact]
    public async Task What_was_changed_after_signing_is_refused()
    {
        AssertRefused(await SendAsync(new() { SentBody = """{"a":"changed"}""" }), "InvalidSignatureException", "does not match");
        AssertRefused(await SendAsync(new() { SentTarget = "/2015-03-31/functions/other/invocations" }), "InvalidSignatureException", "does not match");
        AssertRefused(await SendAsync(new() { SentTarget = "/2015-03-31/functions/echo/invocations?Qualifier=1" }), "InvalidSignatureException", "does not match");
        AssertRefused(await SendAsync(new() { Authorization = static signed => signed[..^1] + (signed[^1] == '0' ? '1' : '0') }), "InvalidSignatureException", "does not match");
        AssertRefused(await SendAsync(new() { Headers = { ["X-Amz-Log-Type"] = "None" }, SentHeaders = { ["X-Amz-Log-Type"] = "Tail" } }), "InvalidSignatureException", "does not match");
        AssertRefused(await SendAsync(new() { SentHeaders = { ["X-Amz-Invocation-Type"] = "Event" } }), "InvalidSignatureException", "every other x-amz- header");
    }

    [Fact]
    public async Task Host_and_date_must_be_signed()
    {
        AssertRefused(await SendAsync(new() { LeftOut = "host" }), "InvalidSignatureException", "host, x-amz-date");
        AssertRefused(await SendAsync(new() { LeftOut = "x-amz-date" }), "InvalidSignatureException", "host, x-amz-date");
    }

    [Fact]
    public async Task A_date_that_is_none_or_of_another_day_is_refused()
    {
        AssertRefused(await SendAsync(new() { Headers = { ["X-Amz-Date"] = "today" } }), "InvalidSignatureException", "yyyyMMddTHHmmssZ");
        AssertRefused(await SendAsync(new() { Date = "20200101" }), "InvalidSignatureException", "on the day");
    }

    [Fact]
    public async Task A_hash_of_the_body_that_is_sent_must_be_the_bodys()
    {
        const string Header = "X-Amz-Content-SHA256";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(new Call().Body)));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Headers = { [Header] = hash } })).Status);
        AssertRefused(await SendAsync(new() { Headers = { [Header] = hash }, SentBody = "{}" }), "InvalidSignatureException", "SHA-256 of the body");
        AssertRefused(await SendAsync(new() { Headers = { [Header] = Unsigned } }), "InvalidSignatureException", "SHA-256 of the body");
        AssertRefused(await SendAsync(new() { Headers = { [Header] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" } }), "InvalidSignatureException", "SHA-256 of the body");
    }

    [Fact]
    public async Task Where_the_bodys_hash_is_sent_a_wrong_signature_is_refused_before_the_body_is_read()
    {
        var answer = await AnswerWithoutBodyAsync("X-Amz-Content-SHA256", new string('0', 64));
        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Contains("does not match", answer!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_announces_much_and_sends_nothing_keeps_nobody_out()
    {
        var silent = Enumerable.Range(0, 50).Select(static _ => new TcpClient()).ToArray();
        await Task.WhenAll(silent.Select(client => AnnounceAsync(client, "X-Other", "1")));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(new())).Status);
        }

        Array.ForEach(silent, static client => client.Dispose());
    }

    [Fact]
    public async Task Bodies_that_hang_just_before_their_end_give_way_to_those_who_come_later()
    {
        using var first = new TcpClient();
        using var second = new TcpClient();
        foreach (var client in new[] { first, second })
        {
            await AnnounceAsync(client, "X-Other", "1");
            await client.GetStream().WriteAsync(new byte[70_167_210]); // all but the last byte
        }

        var answer = AnswerAsync(first, TimeSpan.FromSeconds(40));
        while (!answer.IsCompleted)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(new())).Status);
        }

        Assert.StartsWith("HTTP/1.1 429", await answer, StringComparison.Ordinal);
    }

    /// <summary>Announces the largest body there may be, sends none of it, and returns what is answered all the same; null where nothing is.</summary>
    private async Task<string?> AnswerWithoutBodyAsync(string header, string value)
    {
        using var client = new TcpClient();
        await AnnounceAsync(client, header, value);
        return await AnswerAsync(client, TimeSpan.FromSeconds(2));
    }

    private static async Task<string?> AnswerAsync(TcpClient client, TimeSpan patience)
    {
        var buffer = new byte[4_096];
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(patience));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task AnnounceAsync(TcpClient client, string header, string value)
    {
        var now = TimeProvider.System.GetUtcNow();
        await client.ConnectAsync(Server.Endpoint.Host, Server.Endpoint.Port);
        var day = now.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", [
            "POST /2015-03-31/functions HTTP/1.1", $"Host: {Server.Endpoint.Authority}", "Content-Length: 70167211", $"X-Amz-Date: {now:yyyyMMdd'T'HHmmss'Z'}", $"{header}: {value}",
            $"Authorization: AWS4-HMAC-SHA256 Credential={_key.AccessKey}/{day}/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={new string('0', 64)}", "", ""])));
    }

    [Fact]
    public async Task Only_a_signed_request_learns_what_there_is_and_is_not()
    {
        Assert.Equal("ResourceNotFoundException", (await SendAsync(new() { Target = "/2015-03-31/functions/absent/invocations" })).Headers["x-amzn-ErrorType"]);
        Assert.Equal("InvalidRequestContentException", (await SendAsync(new() { Body = "{" })).Headers["x-amzn-ErrorType"]);
        Assert.Equal("UnknownOperationException", (await SendAsync(new() { Target = "/2015-03-31/layers" })).Headers["x-amzn-ErrorType"]);
        AssertRefused(await SendAsync(new() { Key = LocalLambdaKey.New(), Body = "{" }), "UnrecognizedClientException", "security token");
    }

    [Theory]
    [InlineData("http://0.0.0.0:0", "127.0.0.1")]
    [InlineData("http://*:0", "127.0.0.1")]
    [InlineData("http://[::]:0", "[::1]")]
    public async Task With_keys_it_may_listen_beyond_this_machine(string url, string host)
    {
        await using var server = await LocalLambdaServer.StartAsync(new LocalLambdaOptions { FunctionsPath = Root, StoragePath = Path.Combine(Root, ".other"), Url = url, Keys = [_key] });

        Assert.Equal("""{"a":"ü"}""", (await SendAsync(new() { Server = new UriBuilder(server.Endpoint) { Host = host }.Uri })).Value);
    }

    [Theory]
    [InlineData("", "0123456789abcdef", "AccessKey must be")]
    [InlineData("a/b", "0123456789abcdef", "AccessKey must be")]
    [InlineData("key", "", "SecretKey must be 16 characters or more")]
    [InlineData("key", "Sesame-open-you", "SecretKey must be 16 characters or more")]
    [InlineData("twice", "0123456789abcdef", "another for each key")]
    public async Task A_key_that_is_none_refuses_the_start_and_is_not_repeated(string access, string secret, string expected)
    {
        var keys = new[] { new LocalLambdaKey { AccessKey = "twice", SecretKey = "0123456789abcdef" }, new LocalLambdaKey { AccessKey = access, SecretKey = secret } };

        var refusal = await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(new LocalLambdaOptions { FunctionsPath = Root, Keys = keys }));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.True(secret.Length == 0 || !refusal.Message.Contains(secret, StringComparison.Ordinal));
    }

    private void AssertRefused(Answer answer, string type, string message)
    {
        Assert.True(answer.Status == HttpStatusCode.Forbidden && answer.Headers["x-amzn-ErrorType"] == type, $"Expected 403 {type}; got {answer.Status}: {answer.Body}");
        Assert.Contains(message, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        foreach (var secret in Options.Keys.Select(static key => key.SecretKey))
        {
            Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal);
        }

        // Nor the signature that would have been right.
        Assert.DoesNotMatch("[0-9a-f]{64}", answer.Body);
    }

    /// <summary>Signs a call by the book, apart from what it says otherwise, and sends it.</summary>
    private async Task<Answer> SendAsync(Call call)
    {
        var server = call.Server ?? Server.Endpoint;
        var key = call.Key ?? _key;
        var now = TimeProvider.System.GetUtcNow() + call.Offset;
        var headers = new SortedDictionary<string, string>(call.Headers, StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("X-Amz-Date", now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var signed = headers.Append(new("host", server.Authority)).Select(static header => (Name: header.Key.ToLowerInvariant(), header.Value))
            .Where(header => header.Name != call.LeftOut).OrderBy(static header => header.Name, StringComparer.Ordinal).ToList();
        var names = string.Join(';', signed.Select(static header => header.Name));
        var (path, query) = call.Target.Split('?', 2) is [var before, var after] ? (before, after) : (call.Target, "");
        var canonical = string.Join('\n', [
            "POST",
            string.Join('/', path.Split('/').Select(Uri.EscapeDataString)),
            string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static one => one.Contains('=', StringComparison.Ordinal) ? one : one + "=").Order(StringComparer.Ordinal)),
            .. signed.Select(static header => $"{header.Name}:{header.Value}"),
            "",
            names,
            headers.TryGetValue("X-Amz-Content-SHA256", out var hash) ? hash : Hex(SHA256.HashData(Encoding.UTF8.GetBytes(call.Body)))]);
        var scope = $"{call.Date ?? now.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}/{call.Region}/{call.Service}/aws4_request";
        var signing = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + key.SecretKey), static (previous, part) => HMACSHA256.HashData(previous, Encoding.UTF8.GetBytes(part)));
        var text = $"AWS4-HMAC-SHA256\n{headers["X-Amz-Date"]}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(text)));

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, call.SentTarget ?? call.Target));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(call.SentBody ?? call.Body));
        foreach (var (name, value) in call.SentHeaders.Concat(headers.Where(header => !call.SentHeaders.ContainsKey(header.Key))))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (call.Authorization($"AWS4-HMAC-SHA256 Credential={key.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}") is { } authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await s_client.SendAsync(request);
        return new Answer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>What is signed, and what of it is sent otherwise.</summary>
    private sealed record Call
    {
        public Uri? Server { get; init; }

        public LocalLambdaKey? Key { get; init; }

        public string Target { get; init; } = "/2015-03-31/functions/echo/invocations";

        public string? SentTarget { get; init; }

        public string Body { get; init; } = """{"a":"ü"}""";

        public string? SentBody { get; init; }

        public Dictionary<string, string> Headers { get; init; } = [];

        public Dictionary<string, string> SentHeaders { get; init; } = [];

        public TimeSpan Offset { get; init; }

        public string? Date { get; init; }

        public string Region { get; init; } = "us-east-1";

        public string Service { get; init; } = "lambda";

        public string? LeftOut { get; init; }

        public Func<string, string?> Authorization { get; init; } = static signed => signed;
    }
}
