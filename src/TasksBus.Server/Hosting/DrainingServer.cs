using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace TasksBus.Server.Hosting;

/// <summary>
/// The web server, which is stopped first. It waits for requests as long as a stopping server waits for functions, and then a moment for
/// their answers. A request that hangs takes no time from the other parts.
/// </summary>
internal sealed class DrainingServer(IServer inner, TimeSpan timeout) : IServer
{
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);

    public IFeatureCollection Features => inner.Features;

    /// <summary>Wraps the registered web server.</summary>
    public static void Wrap(IServiceCollection services, TimeSpan timeout)
    {
        var server = services.Last(static service => service.ServiceType == typeof(IServer));
        services.Remove(server);
        services.AddSingleton<IServer>(provider => new DrainingServer((IServer)(server.ImplementationInstance
            ?? server.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, server.ImplementationType!)), timeout));
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(application, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout + s_moment);
        await inner.StopAsync(patience.Token);
    }

    public void Dispose() => inner.Dispose();
}
