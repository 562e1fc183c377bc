using MassTransit;
using RabbitMQ.Client.Exceptions;
using TasksBus.Dispatch;

namespace TasksBus.Server.Messaging;

/// <summary>What MassTransit and the broker's client throw.</summary>
internal static class BrokerErrors
{
    /// <summary>Whether an exception says that the broker cannot be reached, and not that it refuses something.</summary>
    public static bool IsAway(Exception exception) => exception is BrokerUnavailableException or ConnectionException or BrokerUnreachableException;
}
