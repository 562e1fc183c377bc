using MassTransit;
using MassTransit.Transports;
using TasksBus.Storage;

namespace TasksBus.Messaging;

/// <summary>The transport of a single process.</summary>
internal sealed class InMemoryTransport : IMessageTransport
{
    public IMessageProperties? PropertiesOf(PipeContext message) => null;

    public void SetPriority(SendContext message, byte priority)
    {
        // Messages in memory are delivered in the order in which they were sent.
    }

    public Task SendPlainEventAsync(
        IBus bus, OutgoingEvent outgoing, string routingKey, string? traceParent, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public async Task<string?> MoveToErrorQueueAsync(ExceptionReceiveContext message)
    {
        await message.GetPayload<IErrorTransport>().Send(message);
        return null;
    }

    public async Task<string?> AnswerAsync(
        ReceiveContext command, Requester requester, object answer, Type type, CancellationToken cancellationToken)
    {
        var endpoint = await command.SendEndpointProvider.GetSendEndpoint(new(requester.Address));
        var requestId = Guid.TryParse(requester.RequestId, out var id) ? id : (Guid?)null;
        await endpoint.Send(answer, type, Pipe.Execute<SendContext>(context => context.RequestId = requestId), cancellationToken);
        return null;
    }
}
