namespace TasksBus.Messaging;

/// <summary>What AMQP tells of a message beside its body.</summary>
public interface IMessageProperties
{
    string? MessageId { get; }

    string? ReplyTo { get; }

    string? CorrelationId { get; }

    byte Priority { get; }

    /// <summary>The text of a header; null where there is none.</summary>
    string? Header(string name);
}
