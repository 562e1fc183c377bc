using MassTransit;
using RabbitMQ.Client.Exceptions;
using TasksBus.Dispatch;

namespace TasksBus.Server.Messaging;

/// <summary>Classifies the exceptions of MassTransit and the broker's client.</summary>
internal static class BrokerErrors
{
    /// <summary>
    /// Returns true when an exception says that the broker cannot be reached, and false when the broker refuses something.
    /// </summary>
    public static bool IsAway(Exception exception) =>
        exception is BrokerUnavailableException or ConnectionException or BrokerUnreachableException;
}
