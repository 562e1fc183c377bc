using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Telemetry;
using TasksBus.Triggers;

namespace TasksBus.Messaging;

internal sealed class EventOccurredConsumer(EventIntake intake, Answers answers, TimeProvider clock, ILogger<EventOccurredConsumer> logger)
    : IConsumer<EventOccurred>
{
    public async Task Consume(ConsumeContext<EventOccurred> context)
    {
        var (raised, delivery) = (context.Message, context.GetPayload<Delivery>());
        using var span = TaskTraces.Receive(nameof(EventOccurred), context.ReceiveContext.InputAddress, delivery.TraceParent);
        var id = delivery.Ids.Of(raised.EventId, raised.IdempotencyKey, "event");
        await Patience.UntilStoredAsync(
            () => intake.RaiseAsync(id, NewEvent.Of(raised)), nameof(EventOccurred), clock, logger, context.CancellationToken);
        await answers.SendAsync(context, new EventOccurredResult(id.ToString()));
    }
}

internal sealed class DocumentTransitionedConsumer(
    EventIntake intake, Answers answers, TimeProvider clock, ILogger<DocumentTransitionedConsumer> logger)
    : IConsumer<DocumentTransitioned>
{
    public async Task Consume(ConsumeContext<DocumentTransitioned> context)
    {
        var (transition, delivery) = (context.Message, context.GetPayload<Delivery>());
        using var span = TaskTraces.Receive(nameof(DocumentTransitioned), context.ReceiveContext.InputAddress, delivery.TraceParent);
        var id = delivery.Ids.Of(transition.EventId, transition.IdempotencyKey, "event");
        await Patience.UntilStoredAsync(
            () => intake.RaiseAsync(id, NewEvent.Of(transition)), nameof(DocumentTransitioned), clock, logger, context.CancellationToken);
        await answers.SendAsync(context, new DocumentTransitionedResult(id.ToString()));
    }
}
