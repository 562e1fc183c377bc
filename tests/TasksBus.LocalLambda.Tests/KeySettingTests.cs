namespace TasksBus.LocalLambda.Tests;

/// <summary>The keys in the settings of a server, and what they allow it.</summary>
public sealed class KeySettingTests : SignatureTest
{
    [Theory]
    [InlineData("http://0.0.0.0:0", "127.0.0.1")]
    [InlineData("http://*:0", "127.0.0.1")]
    [InlineData("http://[::]:0", "[::1]")]
    public async Task With_keys_it_may_listen_beyond_this_machine(string url, string host)
    {
        await using var server = await LocalLambdaServer.StartAsync(
            new LocalLambdaOptions { FunctionsPath = Root, StoragePath = Path.Combine(Root, ".other"), Url = url, Keys = [OwnKey] });

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
        var keys = new[]
        {
            new LocalLambdaKey { AccessKey = "twice", SecretKey = "0123456789abcdef" },
            new LocalLambdaKey { AccessKey = access, SecretKey = secret },
        };

        var refusal = await Assert.ThrowsAsync<LocalLambdaStartException>(
            () => LocalLambdaServer.StartAsync(new LocalLambdaOptions { FunctionsPath = Root, Keys = keys }));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.True(secret.Length == 0 || !refusal.Message.Contains(secret, StringComparison.Ordinal));
    }
}
