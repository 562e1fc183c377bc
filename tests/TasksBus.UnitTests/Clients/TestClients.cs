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

/// <summary>Stands in the way to the server.</summary>
/// <param name="send">Gets the number of the request, from 1, and what sends it on.</param>
internal sealed class Obstacle(Func<int, HttpRequestMessage, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> send)
{
    private int _requests;

    public int Requests => Volatile.Read(ref _requests);

    public void AddTo(IHttpClientBuilder builder) => builder.AddHttpMessageHandler(() => new Handler(this));

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Func<Task<HttpResponseMessage>> next) =>
        send(Interlocked.Increment(ref _requests), request, next);

    private sealed class Handler(Obstacle obstacle) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            obstacle.SendAsync(request, () => base.SendAsync(request, cancellationToken));
    }
}
