using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Triggers;

namespace TasksBus.Messaging;

internal sealed class EventOccurredConsumer(EventIntake intake, Answers answers, TimeProvider clock, ILogger<EventOccurredConsumer> logger)
    : IConsumer<EventOccurred>
{
    public async Task Consume(ConsumeContext<EventOccurred> context)
    {
        var raised = context.Message;
        var id = context.GetPayload<Delivery>().Ids.Of(raised.EventId, raised.IdempotencyKey, "event");
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
        var transition = context.Message;
        var id = context.GetPayload<Delivery>().Ids.Of(transition.EventId, transition.IdempotencyKey, "event");
        await Patience.UntilStoredAsync(
            () => intake.RaiseAsync(id, NewEvent.Of(transition)), nameof(DocumentTransitioned), clock, logger, context.CancellationToken);
        await answers.SendAsync(context, new DocumentTransitionedResult(id.ToString()));
    }
}
