using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Client.MassTransit;
using TasksBus.Client.MassTransit.Waiting;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Another service with a bus of its own, to which it adds the client for it.</summary>
internal sealed class BusService : IAsyncDisposable
{
    private readonly IHost _host;

    private BusService(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public IBusTaskClient Tasks => Services.GetRequiredService<IBusTaskClient>();

    public IBus Bus => Services.GetRequiredService<IBus>();

    public EndListener Listener => Services.GetRequiredService<EndListener>();

    public static async Task<BusService> StartAsync(
        Uri broker, Action<BusTaskClientOptions>? options = null, Action<IBusRegistrationConfigurator>? bus = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks().AddTasksBusOverBus();
        builder.Services.AddMassTransit(registration =>
        {
            registration.DisableUsageTelemetry();
            registration.AddTasksBusClient(options);
            bus?.Invoke(registration);
            registration.UsingRabbitMq((context, transport) =>
            {
                transport.Host(broker);
                transport.ConfigureEndpoints(context);
            });
        });
        BusService service = new(builder.Build());
        await service._host.StartAsync();
        // What is published before its own queues exist would not come back to it.
        await service.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, TimeSpan.FromSeconds(40));
        return service;
    }

    /// <summary>Uses the publisher in a scope of its own, as a request or a consumer does.</summary>
    public async Task<T> PublishAsync<T>(Func<ITaskPublisher, Task<T>> use)
    {
        await using var scope = Services.CreateAsyncScope();
        return await use(scope.ServiceProvider.GetRequiredService<ITaskPublisher>());
    }

    public Task<HealthReport> CheckHealthAsync() => Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(
        static check => check.Name == "tasksbus-over-bus");

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
