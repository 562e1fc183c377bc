using MassTransit;
using RabbitMQ.Client.Exceptions;
using TasksBus.Messaging;

namespace TasksBus.Server.Messaging;

/// <summary>Whether the bus carries messages, for probes.</summary>
/// <param name="IsHealthy">Everything is taken from its queue.</param>
/// <param name="NotTaken">Queues that the broker does not let us take from, each with its reason, such as <c>tasksbus.cancel-task (PRECONDITION_FAILED - ...)</c>; none where it cannot be reached.</param>
internal sealed record BusHealth(bool IsHealthy, IReadOnlyList<string> NotTaken)
{
    private const int MaxReason = 200;

    public static BusHealth Of(IBusControl bus)
    {
        // Degraded is what an outage looks like: the bus's own endpoint, which is not used, stays healthy.
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

    /// <summary>What the broker says where it refuses a queue; null where it is not there to say anything.</summary>
    private static string? RefusalIn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            // 403 no permission, 404 no such thing, 405 locked, 406 declared otherwise.
            if (exception is OperationInterruptedException { ShutdownReason: { ReplyCode: >= 403 and <= 406 } reason })
            {
                return LogText.OneLine(reason.ReplyText.Length <= MaxReason ? reason.ReplyText : $"{reason.ReplyText[..MaxReason]}...");
            }
        }

        return null;
    }
}
