using System.Text;
using RabbitMQ.Client;
using TasksBus.Messaging;

namespace TasksBus.RabbitMq;

/// <summary>The AMQP properties of a delivery.</summary>
internal sealed class RabbitMqProperties(IReadOnlyBasicProperties properties) : IMessageProperties
{
    public string? MessageId => properties.MessageId;

    public string? ReplyTo => properties.ReplyTo;

    public string? CorrelationId => properties.CorrelationId;

    public byte Priority => properties.Priority;

    public string? Header(string name) =>
        properties.Headers?.TryGetValue(name, out var value) != true ? null
        : value is byte[] bytes ? Encoding.UTF8.GetString(bytes)
        : value as string;
}
