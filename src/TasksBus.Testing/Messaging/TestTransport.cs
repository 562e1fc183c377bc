using System.Collections.Concurrent;
using MassTransit;
using TasksBus.Intake;
using TasksBus.Messaging;
using TasksBus.Storage;

namespace TasksBus.Testing.Messaging;

/// <summary>The transport in memory. It remembers which messages were refused.</summary>
internal sealed class TestTransport : IMessageTransport
{
    private readonly InMemoryTransport _inner = new();
    private readonly ConcurrentQueue<RefusedMessage> _refused = [];

    /// <summary>The messages that were refused so far.</summary>
    public IReadOnlyList<RefusedMessage> Refused => [.. _refused];

    public IMessageProperties? PropertiesOf(PipeContext message) => _inner.PropertiesOf(message);

    public void SetPriority(SendContext message, byte priority) => _inner.SetPriority(message, priority);

    public Task SendPlainEventAsync(
        IBus bus, OutgoingEvent outgoing, string routingKey, string? traceParent, CancellationToken cancellationToken) =>
        _inner.SendPlainEventAsync(bus, outgoing, routingKey, traceParent, cancellationToken);

    public Task<string?> MoveToErrorQueueAsync(ExceptionReceiveContext message)
    {
        var refusal = (message.Exception as CommandRefusedException)?.Refusal;
        _refused.Enqueue(new(QueueName.Of(message.InputAddress), refusal?.Code.Code, refusal?.Message ?? message.Exception.Message));
        return _inner.MoveToErrorQueueAsync(message);
    }

    public Task<string?> AnswerAsync(
        ReceiveContext command, Requester requester, object answer, Type type, CancellationToken cancellationToken) =>
        _inner.AnswerAsync(command, requester, answer, type, cancellationToken);
}
