using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Messaging;

/// <summary>
/// Sends each event in both of its forms: as MassTransit publishes its type, and as plain JSON that listeners in any language read.
/// </summary>
internal sealed class BusEventSender(IBus bus, IMessageTransport transport) : IEventSender
{
    private static readonly Dictionary<string, Type> s_types = KeptEvents.All.ToDictionary(static type => type.Name);

    public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
    {
        var (type, body) = (s_types[outgoing.Type], JsonElement.Parse(outgoing.Body));
        var message = body.Deserialize(type, JsonOutput.Messages)!;
        var trace = TextOf(body, "traceParent");
        return Confirms.InTimeAsync(
            token => Task.WhenAll(
                bus.Publish(message, type, Pipe.Execute<PublishContext>(context =>
                {
                    context.MessageId = outgoing.MessageId;
                    context.Headers.Set(TaskTraces.Header, trace);
                }), token),
                transport.SendPlainEventAsync(bus, outgoing, RoutingKeyOf(outgoing.Type, body), trace, token)),
            cancellationToken);
    }

    private static string RoutingKeyOf(string type, JsonElement body) => TaskEventRouting.KeyOf(
        type, body.GetProperty("functionName").GetString()!,
        TextOf(body, "publisher"));

    private static string? TextOf(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;
}
