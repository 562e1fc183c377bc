using System.Text.Json;
using MassTransit;
using RabbitMQ.Client;
using TasksBus.Messaging;

namespace TasksBus.RabbitMq;

/// <summary>Publishes answers through the default exchange, to existing queues.</summary>
internal sealed class RabbitMqAnswers : IAsyncDisposable
{
    private readonly SideChannel _channel = new();

    /// <summary>Publishes an answer.</summary>
    /// <returns>Null when the answer is published. Otherwise the reason why it cannot be.</returns>
    public async Task<string?> PublishAsync(
        IConnection connection, Requester requester, object answer, Type type, CancellationToken cancellationToken)
    {
        if (requester.Queue() is not { } queue)
        {
            return "that is no queue of another service";
        }

        var properties = new BasicProperties
        {
            ContentType = requester.IsPlain ? MessageReader.Plain : MessageReader.Envelope,
            MessageId = NewId.NextGuid().ToString(),
            DeliveryMode = DeliveryModes.Transient,
        };
        if (requester.CorrelationId is not null)
        {
            properties.CorrelationId = requester.CorrelationId;
        }

        if (requester is { IsPlain: true, RequestId: not null })
        {
            properties.Headers = new Dictionary<string, object?>
            {
                [MessageHeaders.RequestId] = requester.RequestId,
                [MessageHeaders.MessageType] = MessageUrn.ForTypeString(type),
            };
        }

        var message = requester.IsPlain ? answer : EnvelopeOf(requester, answer, type, properties.MessageId);
        var body = JsonSerializer.SerializeToUtf8Bytes(message, JsonOutput.Messages);
        var channel = await _channel.OpenAsync(connection, cancellationToken);
        await channel.BasicPublishAsync("", queue, mandatory: true, properties, body, cancellationToken);
        return null;
    }

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private static object EnvelopeOf(Requester requester, object answer, Type type, string messageId) => new
    {
        messageId,
        requestId = requester.RequestId,
        conversationId = requester.ConversationId,
        messageType = new[] { MessageUrn.ForTypeString(type) },
        message = answer,
        sentTime = TimeProvider.System.GetUtcNow().UtcDateTime,
        headers = new { },
    };
}
