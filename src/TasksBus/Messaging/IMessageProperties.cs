namespace TasksBus.Messaging;

/// <summary>The AMQP properties of a message.</summary>
public interface IMessageProperties
{
    string? MessageId { get; }

    string? ReplyTo { get; }

    string? CorrelationId { get; }

    byte Priority { get; }

    /// <summary>The text of a header. Null when there is none.</summary>
    string? Header(string name);
}
