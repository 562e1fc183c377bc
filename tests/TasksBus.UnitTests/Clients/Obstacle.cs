using Microsoft.Extensions.DependencyInjection;

namespace TasksBus.UnitTests.Clients;

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
