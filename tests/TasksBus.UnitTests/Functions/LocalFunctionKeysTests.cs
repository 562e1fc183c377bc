using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using TasksBus.Functions;
using TasksBus.Lambda;
using TasksBus.LocalLambda;
using TasksBus.Server.Hosting;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>The Lambda client and the endpoint for local functions, which verifies what AWS's own signer signs.</summary>
public sealed class LocalFunctionKeysTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _functions = new();
    private readonly LocalLambdaKey _key = LocalLambdaKey.New();
    private LocalLambdaServer _server = null!;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_functions.Path, "echo"));
        await File.WriteAllTextAsync(Path.Combine(_functions.Path, "echo", "index.mjs"), "export const handler = async event => event;");
        _server = await LocalLambdaServer.StartAsync(
            new() { FunctionsPath = _functions.Path, StoragePath = Path.Combine(_functions.Path, ".store"), Keys = [_key] });
    }

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    public void Dispose() => _functions.Dispose();

    [Theory]
    [InlineData("echo")]
    [InlineData("echo:$LATEST")]
    [InlineData("arn:aws:lambda:eu-west-1:123456789012:function:echo")]
    public async Task Who_has_the_key_invokes_functions(string name)
    {
        const string Payload = """{"a":"ü"}""";

        var result = await InvokeAsync(_key.SecretKey, Invocations.Of(name, Payload));

        Assert.Equal(Payload, Assert.IsType<InvocationResult.Succeeded>(result).Payload.Text());
    }

    [Fact]
    public async Task Who_has_another_is_told_so_and_runs_nothing()
    {
        var result = Assert.IsType<InvocationResult.NotInvoked>(await InvokeAsync("not-the-secret-of-this-key", Invocations.Of("echo")));

        Assert.Equal("InvalidSignatureException", result.Name);
    }

    [Fact]
    public async Task Nobody_but_the_server_invokes_the_functions_that_it_hosts()
    {
        using var data = new TempFolder();
        await using var host = await ServerHost.BuildAsync(
            ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={data.Path}", $"--TasksBus:FunctionsPath={_functions.Path}",
                "--Logging:LogLevel:Default=None"]);
        var lambda = host.Services.GetRequiredService<IOptions<LambdaOptions>>().Value;

        using var stranger = new HttpClient { BaseAddress = lambda.Endpoint };
        using var answer = await stranger.PostAsync(new Uri("/2015-03-31/functions/echo/invocations", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);

        var own = await host.Services.GetRequiredService<IFunctionInvoker>().InvokeAsync(Invocations.Of("echo"), default);
        Assert.IsType<InvocationResult.Succeeded>(own);
    }

    private async Task<InvocationResult> InvokeAsync(string secret, FunctionInvocation invocation)
    {
        var options = Invocations.OptionsFor(_server.Endpoint);
        (options.AccessKey, options.SecretKey) = (_key.AccessKey, secret);
        using var invoker = Invocations.InvokerFor(options);
        return await invoker.InvokeAsync(invocation, default);
    }
}
