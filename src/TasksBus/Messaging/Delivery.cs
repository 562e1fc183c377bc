using System.Diagnostics.CodeAnalysis;
using MassTransit;
using MassTransit.Context;
using MassTransit.Metadata;
using MassTransit.Serialization;

namespace TasksBus.Messaging;

/// <summary>
/// A message that was delivered to one of our queues. It hides from MassTransit every address in the message, both for answers and for
/// faults. MassTransit would use them with the server's rights: to declare, bind and publish wherever a stranger says.
/// </summary>
internal abstract class Delivery(ReceiveContext context, MessageIds ids, Requester? requester, string? traceParent)
    : DeserializerConsumeContext(context, null!)
{
    /// <summary>The ids that the message gives to tasks.</summary>
    public MessageIds Ids => ids;

    /// <summary>The caller that waits for an answer.</summary>
    public Requester? Requester => requester;

    /// <summary>The place of the message in a trace, as W3C <c>traceparent</c>, as its sender wrote it. Null when it wrote none.</summary>
    public string? TraceParent => traceParent;

    public override Guid? MessageId => null;

    public override Guid? RequestId => null;

    public override Guid? CorrelationId => null;

    public override Guid? ConversationId => null;

    public override Guid? InitiatorId => null;

    public override DateTime? ExpirationTime => null;

    public override Uri SourceAddress => null!;

    public override Uri DestinationAddress => null!;

    public override Uri ResponseAddress => null!;

    public override Uri FaultAddress => null!;

    public override DateTime? SentTime => null;

    public override Headers Headers => EmptyHeaders.Instance;

    public override HostInfo Host => HostMetadataCache.Empty;

    public override IEnumerable<string> SupportedMessageTypes => [];

    /// <summary>Failures are reported by <see cref="PutAside"/>, once, and to nobody else.</summary>
    public override Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception) =>
        Task.CompletedTask;
}

/// <typeparam name="TMessage">The message type of the queue.</typeparam>
internal sealed class Delivery<TMessage>(
    ReceiveContext context, TMessage message, MessageIds ids, Requester? requester, string? traceParent)
    : Delivery(context, ids, requester, traceParent)
    where TMessage : class
{
    public override bool HasMessageType(Type messageType) => messageType == typeof(TMessage);

    public override bool TryGetMessage<T>([NotNullWhen(true)] out ConsumeContext<T>? consumeContext)
        where T : class
    {
        consumeContext = typeof(T) == typeof(TMessage) ? new MessageConsumeContext<T>(this, (T)(object)message) : null;
        return consumeContext is not null;
    }
}
