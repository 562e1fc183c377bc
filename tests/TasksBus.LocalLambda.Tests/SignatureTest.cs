using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.LocalLambda.Tests;

/// <summary>A test of a server with keys, which signs its calls itself.</summary>
public abstract class SignatureTest : LambdaTest
{
    private static readonly HttpClient s_client = new();

    private protected LocalLambdaKey OwnKey { get; } = LocalLambdaKey.New();

    private protected LocalLambdaKey OtherKey { get; } = LocalLambdaKey.New();

    protected override void Configure(LocalLambdaOptions options)
    {
        (options.Keys, options.WithoutKeys) = ([OwnKey, OtherKey], false);
        Write("echo", "export const handler = async event => event;");
    }

    private protected void AssertRefused(Answer answer, string type, string message)
    {
        Assert.True(
            answer.Status == HttpStatusCode.Forbidden && answer.Headers["x-amzn-ErrorType"] == type,
            $"Expected 403 {type}; got {answer.Status}: {answer.Body}");
        Assert.Contains(message, answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        foreach (var secret in Options.Keys.Select(static key => key.SecretKey))
        {
            Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal);
        }

        // The right signature is not in the answer either.
        Assert.DoesNotMatch("[0-9a-f]{64}", answer.Body);
    }

    /// <summary>Signs a call by the rules, except where the call says otherwise, and sends it.</summary>
    private protected async Task<Answer> SendAsync(Call call)
    {
        var server = call.Server ?? Server.Endpoint;
        var key = call.Key ?? OwnKey;
        var now = TimeProvider.System.GetUtcNow() + call.Offset;
        var headers = new SortedDictionary<string, string>(call.Headers, StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("X-Amz-Date", now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));
        var signed = headers.Append(new("host", server.Authority))
            .Select(static header => (Name: header.Key.ToLowerInvariant(), header.Value))
            .Where(header => header.Name != call.LeftOut).OrderBy(static header => header.Name, StringComparer.Ordinal).ToList();
        var names = string.Join(';', signed.Select(static header => header.Name));
        var (path, query) = call.Target.Split('?', 2) is [var before, var after] ? (before, after) : (call.Target, "");
        var canonical = string.Join('\n', [
            "POST",
            string.Join('/', path.Split('/').Select(Uri.EscapeDataString)),
            string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
                .Select(static one => one.Contains('=', StringComparison.Ordinal) ? one : one + "=").Order(StringComparer.Ordinal)),
            .. signed.Select(static header => $"{header.Name}:{header.Value}"),
            "",
            names,
            headers.TryGetValue("X-Amz-Content-SHA256", out var hash) ? hash : Hex(SHA256.HashData(Encoding.UTF8.GetBytes(call.Body)))]);
        var scope = $"{call.Date ?? now.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}/{call.Region}/{call.Service}/aws4_request";
        var signing = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + key.SecretKey),
            static (previous, part) => HMACSHA256.HashData(previous, Encoding.UTF8.GetBytes(part)));
        var text = $"AWS4-HMAC-SHA256\n{headers["X-Amz-Date"]}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(signing, Encoding.UTF8.GetBytes(text)));

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, call.SentTarget ?? call.Target));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(call.SentBody ?? call.Body));
        foreach (var (name, value) in call.SentHeaders.Concat(headers.Where(header => !call.SentHeaders.ContainsKey(header.Key))))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (call.Authorization($"AWS4-HMAC-SHA256 Credential={key.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}")
            is { } authorization)
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

    /// <summary>What is signed, and what is sent differently.</summary>
    private protected sealed record Call
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
