using System.Text.Json;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TasksBus.Scheduling;

namespace TasksBus.Messaging;

/// <summary>
/// Answers commands that were sent as requests: through the default exchange to a queue that is there. One that cannot be answered leaves a line in the log; the command is
/// carried out, or refused, all the same.
/// </summary>
internal sealed class Answers(ILogger<Answers> logger) : IAsyncDisposable
{
    /// <summary>A broker that takes longer is away, or takes nothing; nobody waits for an answer that long.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly SideChannel _channel = new();

    /// <summary>Answers with a result.</summary>
    public Task SendAsync<T>(ConsumeContext command, T result)
        where T : class =>
        command.TryGetPayload(out Delivery? delivery) && delivery.Requester is { } requester ? SendAsync(command.ReceiveContext, requester, result, typeof(T)) : Task.CompletedTask;

    /// <summary>Answers that a command is refused.</summary>
    public Task SendAsync(ReceiveContext command, Requester requester, Refusal refusal) =>
        requester.IsPlain
            ? SendAsync(command, requester, new { code = refusal.Code.Code, name = refusal.Code.Name, message = refusal.Message }, requester.FaultType)
            : SendAsync(command, requester, requester.FaultOf(refusal), requester.FaultType);

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private async Task SendAsync(ReceiveContext command, Requester requester, object answer, Type type)
    {
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            if (command.TryGetPayload(out ConnectionContext? broker))
            {
                await PublishAsync(broker.Connection, requester, answer, type, patience.Token);
            }
            else
            {
                var endpoint = await command.SendEndpointProvider.GetSendEndpoint(new(requester.Address));
                var requestId = Guid.TryParse(requester.RequestId, out var id) ? id : (Guid?)null;
                await endpoint.Send(answer, type, Pipe.Execute<SendContext>(context => context.RequestId = requestId), patience.Token);
            }
        }
        catch (Exception exception)
        {
            logger.NotAnswered(LogText.OneLine(requester.Address), LogText.OneLine(exception.Message));
        }
    }

    private async Task PublishAsync(IConnection connection, Requester requester, object answer, Type type, CancellationToken cancellationToken)
    {
        if (requester.Queue() is not { } queue)
        {
            logger.NotAnswered(LogText.OneLine(requester.Address), "that is no queue of another service");
            return;
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
            properties.Headers = new Dictionary<string, object?> { [MessageHeaders.RequestId] = requester.RequestId, [MessageHeaders.MessageType] = MessageUrn.ForTypeString(type) };
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(requester.IsPlain ? answer : EnvelopeOf(requester, answer, type, properties.MessageId), JsonSerializerOptions.Web);
        var channel = await _channel.OpenAsync(connection, cancellationToken);
        await channel.BasicPublishAsync("", queue, mandatory: true, properties, body, cancellationToken);
    }

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
