using MassTransit;
using TasksBus.Storage;

namespace TasksBus.Messaging;

/// <summary>The parts of a MassTransit transport that differ between transports.</summary>
public interface IMessageTransport
{
    /// <summary>The properties with which a message was sent. Null when the transport knows none.</summary>
    IMessageProperties? PropertiesOf(PipeContext message);

    /// <summary>Sets the priority of a message that is sent, if the transport has priorities.</summary>
    void SetPriority(SendContext message, byte priority);

    /// <summary>Sends an event as plain JSON to the topic exchange of events, if anybody outside this process can listen.</summary>
    /// <param name="traceParent">The trace to which it belongs, for the header of that name, or null.</param>
    Task SendPlainEventAsync(
        IBus bus, OutgoingEvent outgoing, string routingKey, string? traceParent, CancellationToken cancellationToken);

    /// <summary>Moves a message that cannot be handled to the error queue of its queue.</summary>
    /// <returns>Null when it is there. Otherwise the reason why the broker does not accept it there.</returns>
    /// <exception cref="Exception">The broker is away. The message will be delivered again.</exception>
    Task<string?> MoveToErrorQueueAsync(ExceptionReceiveContext message);

    /// <summary>Sends the answer to a command.</summary>
    /// <param name="type">The type of the answer, for MassTransit's clients.</param>
    /// <returns>Null when it is sent. Otherwise the reason why it cannot be.</returns>
    Task<string?> AnswerAsync(ReceiveContext command, Requester requester, object answer, Type type, CancellationToken cancellationToken);
}
