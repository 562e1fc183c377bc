using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public sealed class LambdaCredentialsTests : IDisposable
{
    // No other test reads these: all others name their keys themselves.
    private static readonly string[] Variables =
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"];

    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    [Fact]
    public async Task Without_credentials_a_task_waits_and_runs_once_there_are_some()
    {
        Set(null, null, "no-such-profile", "/no/such/file", "true");
        await using var server = FaultyServer.Answering("200 OK", "null");
        using var invoker = Invocations.InvokerFor(new LambdaOptions { Endpoint = server.Address, Region = "eu-west-1" });

        var waiting = Assert.IsType<InvocationResult.NotRunYet>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Equal("CredentialsUnavailable", waiting.Name);
        Assert.StartsWith("No AWS credentials: set AccessKey and SecretKey", waiting.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        Set("AKIDCHAIN", "secret", null, null, "true");
        Assert.IsType<InvocationResult.Succeeded>(await invoker.InvokeAsync(Invocations.Of(), default));
        Assert.Contains("Credential=AKIDCHAIN/", Assert.Single(server.Requests).Headers["Authorization"], StringComparison.Ordinal);
    }

    public void Dispose() => Set([.. Variables.Select(name => _before[name])]);

    private static void Set(params string?[] values)
    {
        foreach (var (name, value) in Variables.Zip(values))
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
