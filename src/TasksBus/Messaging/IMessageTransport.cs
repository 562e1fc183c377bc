using MassTransit;

namespace TasksBus.Messaging;

/// <summary>What a transport of MassTransit does in its own way.</summary>
public interface IMessageTransport
{
    /// <summary>The properties that a message was sent with; null where the transport knows none.</summary>
    IMessageProperties? PropertiesOf(PipeContext message);

    /// <summary>Gives a message that is sent its priority, where the transport has priorities.</summary>
    void SetPriority(SendContext message, byte priority);

    /// <summary>Moves a message that cannot be handled to the error queue of its queue.</summary>
    /// <returns>Null: it is there; else why the broker does not take it there.</returns>
    /// <exception cref="Exception">The broker is away: the message comes again.</exception>
    Task<string?> MoveToErrorQueueAsync(ExceptionReceiveContext message);

    /// <summary>Sends the answer to a command.</summary>
    /// <param name="type">What the answer is, for MassTransit's clients.</param>
    /// <returns>Null: it is sent; else why it cannot be.</returns>
    Task<string?> AnswerAsync(ReceiveContext command, Requester requester, object answer, Type type, CancellationToken cancellationToken);
}
