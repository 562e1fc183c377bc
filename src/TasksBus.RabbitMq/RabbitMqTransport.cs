using MassTransit;
using MassTransit.RabbitMqTransport;
using TasksBus.Messaging;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.RabbitMq;

/// <summary>The RabbitMQ transport beneath MassTransit.</summary>
internal sealed class RabbitMqTransport(ErrorQueues errors, RabbitMqAnswers answers) : IMessageTransport
{
    public IMessageProperties? PropertiesOf(PipeContext message) =>
        message.TryGetPayload(out RabbitMqBasicConsumeContext? delivery) ? new RabbitMqProperties(delivery.Properties) : null;

    public void SetPriority(SendContext message, byte priority) => RabbitMqSendContextExtensions.TrySetPriority(message, priority);

    public Task SendPlainEventAsync(
        IBus bus, OutgoingEvent outgoing, string routingKey, string? traceParent, CancellationToken cancellationToken) =>
        bus.Publish(outgoing, Pipe.Execute<PublishContext<OutgoingEvent>>(context =>
        {
            context.MessageId = outgoing.MessageId;
            context.Serializer = new PlainJson(outgoing.Body);
            context.SetRoutingKey(routingKey);
            context.Headers.Set(TaskTraces.Header, traceParent);
            if (context.TryGetPayload(out RabbitMqSendContext? message))
            {
                message.BasicProperties.Type = outgoing.Type;
            }
        }), cancellationToken);

    public Task<string?> MoveToErrorQueueAsync(ExceptionReceiveContext message) => errors.MoveAsync(message);

    public Task<string?> AnswerAsync(
        ReceiveContext command, Requester requester, object answer, Type type, CancellationToken cancellationToken) =>
        answers.PublishAsync(command.GetPayload<ConnectionContext>().Connection, requester, answer, type, cancellationToken);
}
