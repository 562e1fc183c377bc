using MassTransit;
using Microsoft.Extensions.Hosting;
using TasksBus.Telemetry;

namespace TasksBus.RabbitMq;

/// <summary>Reports whether a process takes from its queues.</summary>
internal sealed class QueueMetrics(TaskMetrics metrics, IBusControl bus) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveQueues(() => BusHealth.Of(bus).IsHealthy);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
