namespace TasksBus.Messaging;

/// <summary>The AMQP properties of a message.</summary>
public interface IMessageProperties
{
    /// <summary>The message's id as its sender wrote it. Null when there is none.</summary>
    string? MessageId { get; }

    /// <summary>The queue that the sender reads answers from. Null when it wants none.</summary>
    string? ReplyTo { get; }

    /// <summary>The id by which the sender matches an answer to its request. Null when there is none.</summary>
    string? CorrelationId { get; }

    /// <summary>0 to 255. 0 when the sender gave none.</summary>
    byte Priority { get; }

    /// <summary>The text of a header. Null when there is none.</summary>
    string? Header(string name);
}
