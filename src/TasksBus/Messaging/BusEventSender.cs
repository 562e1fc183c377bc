using System.Text.Json;
using MassTransit;
using TasksBus.Dispatch;
using TasksBus.Storage;

namespace TasksBus.Messaging;

internal sealed class BusEventSender(IBus bus) : IEventSender
{
    private static readonly Dictionary<string, Type> s_types = KeptEvents.All.ToDictionary(static type => type.Name);

    public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        var type = s_types[outgoing.Type];
        var message = JsonSerializer.Deserialize(outgoing.Body, type, JsonOutput.Messages)!;
        return Confirms.InTimeAsync(
            token => bus.Publish(message, type, Pipe.Execute<PublishContext>(context => context.MessageId = outgoing.MessageId), token),
            cancellationToken);
    }
}
