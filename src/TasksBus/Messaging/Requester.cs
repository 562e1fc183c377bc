using MassTransit;
using MassTransit.Events;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>The sender that waits for the answer to a command.</summary>
/// <param name="Address">The address in the message.</param>
/// <param name="IsPlain">True when the command came as plain JSON. Then the answer is plain JSON too.</param>
/// <param name="RequestId">MassTransit's id of the request.</param>
/// <param name="CorrelationId">The id of the request for a plain AMQP client.</param>
public abstract record Requester(string Address, bool IsPlain, string? RequestId, string? CorrelationId, string? ConversationId)
{
    private const string ReplyTo = "amq.rabbitmq.reply-to";

    /// <summary>The type of the answer to a command that is refused.</summary>
    public abstract Type FaultType { get; }

    /// <summary>The form in which MassTransit's clients expect a refusal.</summary>
    public abstract object FaultOf(Refusal refusal);

    /// <summary>
    /// The queue to answer to. Null when the address is not that of a queue, or is one of our queues. Answers go only to existing queues. A
    /// sender of commands must not be able to let the server publish to exchanges, or declare things, with the server's rights.
    /// </summary>
    public string? Queue()
    {
        var name = Address.StartsWith("queue:", StringComparison.OrdinalIgnoreCase) ? Address["queue:".Length..].Split('?')[0]
            : Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme is "rabbitmq" or "rabbitmqs" or "amqp" or "amqps"
                ? Uri.UnescapeDataString(uri.AbsolutePath[(uri.AbsolutePath.LastIndexOf('/') + 1)..])
            : null;
        return name is { Length: > 0 and <= 255 } && !name.StartsWith("tasksbus.", StringComparison.OrdinalIgnoreCase)
            && (!name.StartsWith("amq.", StringComparison.Ordinal) || name.StartsWith("amq.gen-", StringComparison.Ordinal)
                || name.StartsWith($"{ReplyTo}.", StringComparison.Ordinal))
            ? name : null;
    }

    /// <summary>The address of a queue by its name.</summary>
    public static string AddressOf(string queue) => $"queue:{queue}";

    /// <summary>
    /// Returns true when an address stands for RabbitMQ's direct replies. Then the message gives the queue in another place.
    /// </summary>
    public static bool IsDirectReply(string address) => address.Split('?')[0].EndsWith(ReplyTo, StringComparison.Ordinal);
}

/// <typeparam name="T">The command.</typeparam>
internal sealed record Requester<T>(string Address, bool IsPlain, string? RequestId, string? CorrelationId, string? ConversationId)
    : Requester(Address, IsPlain, RequestId, CorrelationId, ConversationId)
    where T : class
{
    public override Type FaultType => typeof(Fault<T>);

    public override object FaultOf(Refusal refusal) => new FaultEvent<T>
    {
        FaultId = NewId.NextGuid(),
        Timestamp = TimeProvider.System.GetUtcNow().UtcDateTime,
        Exceptions =
        [
            new FaultExceptionInfo
            {
                ExceptionType = typeof(CommandRefusedException).FullName,
                Message = new CommandRefusedException(refusal).Message,
            },
        ],
        FaultMessageTypes = [MessageUrn.ForTypeString<T>()],
    };
}
