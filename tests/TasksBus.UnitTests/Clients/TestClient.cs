using Microsoft.Extensions.DependencyInjection;
using TasksBus.Client;

namespace TasksBus.UnitTests.Clients;

/// <summary>A client as a service has it, from its services.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private TestClient(ServiceProvider services) => _services = services;

    public ITasksBusClient Calls => _services.GetRequiredService<ITasksBusClient>();

    public static TestClient Of(
        string url, Action<TasksBusClientOptions>? options = null, Action<IHttpClientBuilder>? http = null)
    {
        ServiceCollection services = new();
        var builder = services.AddTasksBusClient(configured =>
        {
            configured.Address = new(url);
            options?.Invoke(configured);
        });
        http?.Invoke(builder);
        return new(services.BuildServiceProvider());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
