using System.Net.Mime;
using MassTransit;
using MassTransit.Context;
using MassTransit.Metadata;
using MassTransit.Middleware;
using MassTransit.Scheduling;
using MassTransit.Serialization;
using MassTransit.Transports;

namespace TasksBus.Lifecycle;

/// <summary>
/// The context in which an event is raised. It collects what the state machine schedules, unschedules and publishes, to be written in the
/// same transaction as its state. Nothing is sent.
/// </summary>
/// <remarks>
/// MassTransit uses little of it. <c>Schedule</c> and <c>Unschedule</c> take their scheduler from the payload and use the input address.
/// <c>Publish</c> goes through the receive context beneath to one method of an endpoint. Everything else is empty, or is not supported.
/// </remarks>
internal sealed class CapturedContext : BaseConsumeContext
{
    private readonly KeptEvents _kept;
    private readonly CapturingScheduler _scheduler;

    /// <param name="kept">The events that must be made.</param>
    public CapturedContext(KeptEvents kept)
        : base(new Captured(), null!)
    {
        _kept = kept;
        _scheduler = new(this);
    }

    /// <summary>What the machine asked for, in order.</summary>
    public List<object> Published => ((Captured)ReceiveContext).Published;

    public StartDue? Start => _scheduler.Start;

    public TimeLimitReached? TimeLimit => _scheduler.TimeLimit;

    /// <summary>Returns true when an event of the type is to be published.</summary>
    public bool Keeps(Type eventType) => _kept.Keeps(eventType);

    /// <summary>Adds an event, as <c>Publish</c> finally does.</summary>
    public void Keep(object @event) => Published.Add(@event);

    public override bool HasPayloadType(Type payloadType) =>
        payloadType.IsInstanceOfType(this) || payloadType.IsInstanceOfType(_scheduler) || ReceiveContext.HasPayloadType(payloadType);

    public override bool TryGetPayload<T>(out T payload)
        where T : class
    {
        payload = (this as T ?? _scheduler as T)!;
        return payload is not null || ReceiveContext.TryGetPayload(out payload!);
    }

    public override T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory) =>
        TryGetPayload<T>(out var payload) ? payload : ReceiveContext.GetOrAddPayload(payloadFactory);

    public override T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory) =>
        ReceiveContext.AddOrUpdatePayload(addFactory, updateFactory);

    // No message was delivered, so these properties are empty, and the addresses are placeholders.
    public override Guid? MessageId => null;
    public override Guid? RequestId => null;
    public override Guid? CorrelationId => null;
    public override Guid? ConversationId => null;
    public override Guid? InitiatorId => null;
    public override DateTime? ExpirationTime => null;
    public override DateTime? SentTime => null;
    public override Uri SourceAddress => Captured.Address;
    public override Uri DestinationAddress => Captured.Address;
    public override Uri ResponseAddress => null!;
    public override Uri FaultAddress => null!;
    public override Headers Headers => EmptyHeaders.Instance;
    public override HostInfo Host => HostMetadataCache.Empty;
    public override IEnumerable<string> SupportedMessageTypes => [];
    public override bool HasMessageType(Type messageType) => false;

    public override bool TryGetMessage<T>(out ConsumeContext<T> consumeContext)
        where T : class
    {
        consumeContext = null!;
        return false;
    }

    // Capturing completes at once, so there is nothing to wait for.
    public override Task ConsumeCompleted => Task.CompletedTask;

    public override void AddConsumeTask(Task task)
    {
    }

    /// <summary>
    /// Collects what is scheduled. The state machine uses two of the many ways to schedule, and only those are implemented.
    /// </summary>
    private sealed class CapturingScheduler(ConsumeContext context)
        : ConsumeMessageSchedulerContext(context, static _ => throw Unasked()), MessageSchedulerContext
    {
        public StartDue? Start { get; private set; }

        public TimeLimitReached? TimeLimit { get; private set; }

        Task<ScheduledMessage<T>> MessageSchedulerContext.ScheduleSend<T>(
            DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        {
            Guid tokenId;
            switch (message)
            {
                case StartDue start:
                    (Start, tokenId) = (start, start.CorrelationId);
                    break;
                case TimeLimitReached timeLimit:
                    (TimeLimit, tokenId) = (timeLimit, timeLimit.CorrelationId);
                    break;
                default:
                    throw new NotSupportedException($"The life cycle schedules starts and time limits only, not {typeof(T).Name}.");
            }

            return Task.FromResult<ScheduledMessage<T>>(new ScheduledMessageHandle<T>(tokenId, scheduledTime, Captured.Address, message));
        }

        // The saga drops its token, and the change is derived from that.
        Task IMessageScheduler.CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) =>
            Task.CompletedTask;
    }

    /// <summary>Replaces the missing delivery, and collects what is published.</summary>
    private sealed class Captured : BasePipeContext, ReceiveContext, IPublishEndpointProvider
    {
        public static readonly Uri Address = new("loopback://localhost/tasksbus");

        public List<object> Published { get; } = [];

        public Uri InputAddress => Address;
        public IPublishEndpointProvider PublishEndpointProvider => this;

        /// <summary>MassTransit's test harness notes it with each event that a saga consumes.</summary>
        public TimeSpan ElapsedTime => TimeSpan.Zero;

        public Task<ISendEndpoint> GetPublishSendEndpoint<T>()
            where T : class => Task.FromResult<ISendEndpoint>(new CapturingEndpoint(Published));

        public ISendEndpointProvider SendEndpointProvider => throw Unasked();
        public ContentType ContentType => throw Unasked();
        public MessageBody Body => throw Unasked();
        public Headers TransportHeaders => throw Unasked();
        public bool Redelivered => throw Unasked();
        public bool IsDelivered => throw Unasked();
        public bool IsFaulted => throw Unasked();
        public bool PublishFaults => throw Unasked();
        public Task ReceiveCompleted => throw Unasked();
        public void AddReceiveTask(Task task) => throw Unasked();
        public Task NotifyFaulted(Exception exception) => throw Unasked();
        public ConnectHandle ConnectPublishObserver(IPublishObserver observer) => throw Unasked();

        public Task NotifyConsumed<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => throw Unasked();

        public Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => throw Unasked();
    }

    /// <summary>All ways to publish end in the one method that is implemented here.</summary>
    private sealed class CapturingEndpoint(List<object> published) : SendEndpointProxy(null!)
    {
        public override Task Send<T>(T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
        {
            published.Add(message);
            return Task.CompletedTask;
        }

        protected override IPipe<SendContext<T>> GetPipeProxy<T>(IPipe<SendContext<T>>? pipe = null) => throw Unasked();
    }

    private static NotSupportedException Unasked() =>
        new("The life cycle schedules with Schedule and Unschedule, publishes with Publish, and asks for no more.");
}
