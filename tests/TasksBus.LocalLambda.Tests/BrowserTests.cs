using System.Net;

namespace TasksBus.LocalLambda.Tests;

/// <summary>A server without keys, and pages in a browser on the same machine.</summary>
public sealed class BrowserTests : DeployedTest
{
    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "localhost.evil.example:9001")]
    [InlineData("Host", "192.168.0.1")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_page_of_another_site_is_refused_whatever_it_asks_for(string header, string value)
    {
        Write("one", "export const handler = async () => 1;");
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, $"{Functions}/one/invocations"), (HttpMethod.Post, Functions), (HttpMethod.Get, Functions),
            (HttpMethod.Delete, $"{Functions}/one"), (HttpMethod.Get, "/"),
        })
        {
            using var request = new HttpRequestMessage(method, new Uri(Server.Endpoint, path));
            request.Headers.TryAddWithoutValidation(header, value);
            AssertRefused(await SendAsync(request), 403, "AccessDeniedException", "Without keys local functions answer to");
        }
    }

    [Theory]
    [InlineData("Host", "localhost:9001")]
    [InlineData("Host", "127.0.0.1")]
    [InlineData("Host", "[::1]:80")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    public async Task A_program_on_this_machine_is_not(string header, string value)
    {
        Write("one", "export const handler = async () => 1;");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Endpoint, $"{Functions}/one/invocations"));
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal("1", (await SendAsync(request)).Value);
    }

    [Fact]
    public async Task A_page_cannot_speak_to_a_functions_Runtime_API_either()
    {
        Write(
            "address", "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']",
            """{"runtime":"python3.12","handler":"app.handler"}""", "app.py");
        var address = (await InvokeAsync("address")).Json.GetString();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{address}/2018-06-01/runtime/invocation/next");
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", "cross-site");
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(request)).Status);
    }

    [Fact]
    public async Task Keys_and_their_refusal_exclude_each_other()
    {
        var options = Other();
        options.Keys = [LocalLambdaKey.New()];
        var refusal = await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(options));
        Assert.Contains("WithoutKeys", refusal.Message, StringComparison.Ordinal);
    }
}

/// <summary>A server that has been given no keys makes one.</summary>
public sealed class OwnKeyTests : LambdaTest
{
    protected override void Configure(LocalLambdaOptions options) => options.WithoutKeys = false;

    [Fact]
    public async Task Without_keys_it_makes_one_which_stays_the_same_and_is_for_its_user_only()
    {
        Write("one", "export const handler = async () => 1;");
        var refusal = await InvokeAsync("one");
        Assert.Equal(HttpStatusCode.Forbidden, refusal.Status);
        var key = Assert.Single(Server.Keys);
        var file = Path.Combine(Storage, "key.env");
        Assert.Equal((UnixFileMode)0b110_000_000, ModeOf(file));
        Assert.Equal(
            ["export AWS_ACCESS_KEY_ID=" + key.AccessKey, "export AWS_SECRET_ACCESS_KEY=" + key.SecretKey,
                "export AWS_DEFAULT_REGION=us-east-1"], await File.ReadAllLinesAsync(file));
        await RestartAsync();
        Assert.Equal(key.SecretKey, Assert.Single(Server.Keys).SecretKey);
    }

    [Fact]
    public async Task A_file_without_a_key_is_said_at_the_start()
    {
        await Server.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Storage, "key.env"), "export AWS_ACCESS_KEY_ID=x\n");
        var refusal = await Assert.ThrowsAsync<LocalLambdaStartException>(() => LocalLambdaServer.StartAsync(Options));
        Assert.Contains("delete it", refusal.Message, StringComparison.Ordinal);
    }
}
