using MassTransit;
using MassTransit.Events;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>Who waits for the answer to a command.</summary>
/// <param name="Address">As the message names it.</param>
/// <param name="IsPlain">Whether the command came as plain JSON: so is the answer then.</param>
/// <param name="RequestId">What MassTransit knows the request by.</param>
/// <param name="CorrelationId">What a client of AMQP alone knows it by.</param>
public abstract record Requester(string Address, bool IsPlain, string? RequestId, string? CorrelationId, string? ConversationId)
{
    private const string ReplyTo = "amq.rabbitmq.reply-to";

    /// <summary>The type of the answer to a command that is refused.</summary>
    public abstract Type FaultType { get; }

    /// <summary>What MassTransit's clients take for a refusal.</summary>
    public abstract object FaultOf(Refusal refusal);

    /// <summary>
    /// The queue to answer to; null where the address is not that of a queue, or of one of ours. What is answered goes to a queue that is
    /// there, and nowhere else: whoever may send a command must not have the server publish to exchanges, or declare things, with its own
    /// rights.
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

    /// <summary>Whether an address stands for RabbitMQ's direct replies: then the message says in another place where to.</summary>
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
