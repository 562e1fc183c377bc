using MassTransit;
using RabbitMQ.Client.Exceptions;
using TasksBus.Messaging;

namespace TasksBus.RabbitMq;

/// <summary>Says for probes whether the bus carries messages.</summary>
/// <param name="IsHealthy">True when every queue is consumed.</param>
/// <param name="NotTaken">The queues that the broker does not let us consume, each with its reason, such as <c>tasksbus.cancel-task
/// (PRECONDITION_FAILED - ...)</c>. Empty when the broker cannot be reached.</param>
public sealed record BusHealth(bool IsHealthy, IReadOnlyList<string> NotTaken)
{
    private const int MaxReason = 200;

    /// <summary>Asks the bus.</summary>
    public static BusHealth Of(IBusControl bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        // During an outage the state is Degraded, because the bus's own endpoint, which is not used, stays healthy.
        var health = bus.CheckHealth();
        return new(health.Status == BusHealthStatus.Healthy,
            [.. from endpoint in health.Endpoints.Values
                where endpoint.Status != BusHealthStatus.Healthy
                let reason = RefusalIn(endpoint.Exception)
                where reason is not null
                let queue = QueueName.Of(endpoint.InputAddress)
                orderby queue
                select $"{queue} ({reason})"]);
    }

    /// <summary>The broker's message when it refuses a queue. Null when the broker is away.</summary>
    private static string? RefusalIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is OperationInterruptedException { ShutdownReason: { } reason } && reason.IsRefusal())
            {
                return LogText.OneLine(Excerpt.Of(reason.ReplyText, MaxReason));
            }
        }

        return null;
    }
}
