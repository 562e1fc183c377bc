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
/// The context in which an event is raised: what the state machine schedules, unschedules and publishes is kept here, to be written
/// in the same transaction as its state. Nothing is sent.
/// </summary>
/// <remarks>
/// A context publishes through the receive context beneath it, so that is ours too; and <c>Schedule</c> takes its scheduler from the payload.
/// </remarks>
internal sealed class CapturedContext : BaseConsumeContext
{
    private static readonly HostInfo s_host = new BusHostInfo(true);

    private readonly Captured _captured;
    private readonly CapturingScheduler _scheduler;
    private readonly KeptEvents _kept;

    private CapturedContext(Captured captured, KeptEvents kept)
        : base(captured, null!)
    {
        (_captured, _kept) = (captured, kept);
        _scheduler = new(this);
    }

    /// <param name="kept">The events that are worth making.</param>
    public CapturedContext(KeptEvents kept)
        : this(new Captured(), kept)
    {
    }

    /// <summary>What the machine asked for, in its order.</summary>
    public IReadOnlyList<object> Published => _captured.Published;

    public StartDue? Start => _scheduler.Start;

    public TimeLimitReached? TimeLimit => _scheduler.TimeLimit;

    public override Guid? MessageId => null;

    public override Task ConsumeCompleted => Task.CompletedTask;

    public override Guid? RequestId => null;

    public override Guid? CorrelationId => null;

    public override Guid? ConversationId => null;

    public override Guid? InitiatorId => null;

    public override DateTime? ExpirationTime => null;

    public override Uri SourceAddress => Captured.Address;

    public override Uri DestinationAddress => Captured.Address;

    public override Uri ResponseAddress => null!;

    public override Uri FaultAddress => null!;

    public override DateTime? SentTime => null;

    public override Headers Headers => EmptyHeaders.Instance;

    public override HostInfo Host => s_host;

    public override IEnumerable<string> SupportedMessageTypes => [];

    /// <summary>Whether an event of the type is to be published.</summary>
    public bool Keeps(Type eventType) => _kept.Keeps(eventType);

    /// <summary>Keeps an event, as <c>Publish</c> does in the end.</summary>
    public void Keep(object @event) => _captured.Published.Add(@event);

    public override bool HasPayloadType(Type payloadType) =>
        payloadType == typeof(MessageSchedulerContext) || payloadType == typeof(CapturedContext) || _captured.HasPayloadType(payloadType);

    public override bool TryGetPayload<T>(out T payload)
        where T : class
    {
        if (typeof(T) == typeof(MessageSchedulerContext))
        {
            payload = (T)(object)_scheduler;
            return true;
        }

        if (this is T context && typeof(T) == typeof(CapturedContext))
        {
            payload = context;
            return true;
        }

        return _captured.TryGetPayload(out payload!);
    }

    public override T GetOrAddPayload<T>(PayloadFactory<T> payloadFactory) =>
        TryGetPayload<T>(out var payload) ? payload : _captured.GetOrAddPayload(payloadFactory);

    public override T AddOrUpdatePayload<T>(PayloadFactory<T> addFactory, UpdatePayloadFactory<T> updateFactory) =>
        _captured.AddOrUpdatePayload(addFactory, updateFactory);

    public override bool HasMessageType(Type messageType) => false;

    public override bool TryGetMessage<T>(out ConsumeContext<T> consumeContext)
        where T : class
    {
        consumeContext = null!;
        return false;
    }

    public override void AddConsumeTask(Task task)
    {
        // Capturing completes at once: there is nothing to wait for.
    }

    /// <summary>Keeps what is scheduled. Of the many ways to schedule something the state machine has two: those are taken over.</summary>
    private sealed class CapturingScheduler(ConsumeContext context)
        : ConsumeMessageSchedulerContext(context, static _ => throw new NotSupportedException("The life cycle schedules with Schedule and Unschedule only.")), MessageSchedulerContext
    {
        public StartDue? Start { get; private set; }

        public TimeLimitReached? TimeLimit { get; private set; }

        Task<ScheduledMessage<T>> MessageSchedulerContext.ScheduleSend<T>(DateTime scheduledTime, T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
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

        // The saga drops its token, and the change is read off that.
        Task IMessageScheduler.CancelScheduledSend(Uri destinationAddress, Guid tokenId, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Captured : BasePipeContext, ReceiveContext, IPublishEndpointProvider, ISendEndpointProvider
    {
        public static readonly Uri Address = new("loopback://localhost/tasksbus");

        private readonly CapturingEndpoint _endpoint;

        public Captured() => _endpoint = new(Published);

        public List<object> Published { get; } = [];

        public TimeSpan ElapsedTime => TimeSpan.Zero;

        public Uri InputAddress => Address;

        public ContentType ContentType => null!;

        public bool Redelivered => false;

        public Headers TransportHeaders => EmptyHeaders.Instance;

        public Task ReceiveCompleted => Task.CompletedTask;

        public bool IsDelivered => true;

        public bool IsFaulted => false;

        public ISendEndpointProvider SendEndpointProvider => this;

        public IPublishEndpointProvider PublishEndpointProvider => this;

        public bool PublishFaults => false;

        public MessageBody Body => EmptyMessageBody.Instance;

        public Task<ISendEndpoint> GetPublishSendEndpoint<T>()
            where T : class => Task.FromResult<ISendEndpoint>(_endpoint);

        public Task<ISendEndpoint> GetSendEndpoint(Uri address) => Task.FromResult<ISendEndpoint>(_endpoint);

        public Task NotifyConsumed<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
            where T : class => Task.CompletedTask;

        public Task NotifyFaulted<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
            where T : class => Task.CompletedTask;

        public Task NotifyFaulted(Exception exception) => Task.CompletedTask;

        public void AddReceiveTask(Task task)
        {
            // Capturing completes at once: there is nothing to wait for.
        }

        public ConnectHandle ConnectPublishObserver(IPublishObserver observer) => throw new NotSupportedException();

        public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();
    }

    private sealed class CapturingEndpoint(List<object> published) : ISendEndpoint
    {
        public Task Send<T>(T message, CancellationToken cancellationToken)
            where T : class => Keep(message);

        public Task Send<T>(T message, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
            where T : class => Keep(message);

        public Task Send<T>(T message, IPipe<SendContext> pipe, CancellationToken cancellationToken)
            where T : class => Keep(message);

        public Task Send(object message, CancellationToken cancellationToken) => Keep(message);

        public Task Send(object message, Type messageType, CancellationToken cancellationToken) => Keep(message);

        public Task Send(object message, IPipe<SendContext> pipe, CancellationToken cancellationToken) => Keep(message);

        public Task Send(object message, Type messageType, IPipe<SendContext> pipe, CancellationToken cancellationToken) => Keep(message);

        public Task Send<T>(object values, CancellationToken cancellationToken)
            where T : class => throw new NotSupportedException();

        public Task Send<T>(object values, IPipe<SendContext<T>> pipe, CancellationToken cancellationToken)
            where T : class => throw new NotSupportedException();

        public Task Send<T>(object values, IPipe<SendContext> pipe, CancellationToken cancellationToken)
            where T : class => throw new NotSupportedException();

        public ConnectHandle ConnectSendObserver(ISendObserver observer) => throw new NotSupportedException();

        private Task Keep(object message)
        {
            published.Add(message);
            return Task.CompletedTask;
        }
    }
}
