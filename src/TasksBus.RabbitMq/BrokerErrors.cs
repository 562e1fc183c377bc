using MassTransit;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TasksBus.Dispatch;

namespace TasksBus.RabbitMq;

/// <summary>Classifies the exceptions of MassTransit and the broker's client.</summary>
public static class BrokerErrors
{
    /// <summary>
    /// Returns true when an exception says that the broker cannot be reached, and false when the broker refuses something.
    /// </summary>
    public static bool IsAway(Exception exception) =>
        exception is BrokerUnavailableException or ConnectionException or BrokerUnreachableException;

    /// <summary>
    /// Returns true when the broker refuses what was asked on a channel. 403: no permission. 404: not found. 405: locked. 406: declared
    /// with other properties.
    /// </summary>
    internal static bool IsRefusal(this ShutdownEventArgs reason) => reason.ReplyCode is >= 403 and <= 406;
}
