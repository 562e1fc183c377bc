using System.Net.Mime;
using System.Text.Json;
using MassTransit;
using MassTransit.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Telemetry;

namespace TasksBus.Messaging;

/// <summary>Makes a message from its JSON.</summary>
/// <exception cref="CommandRefusedException">The JSON is not a valid message.</exception>
internal delegate T ReadMessage<T>(JsonBody body);

/// <summary>Reads commands from messages, with MassTransit's envelope or without.</summary>
public static class MessageReader
{
    /// <summary>The content type of plain JSON.</summary>
    public const string Plain = "application/json";

    /// <summary>The content type of MassTransit's envelope.</summary>
    public const string Envelope = "application/vnd.masstransit+json";

    /// <summary>
    /// The queue accepts messages of one type, plain or in an envelope. A message that is marked as neither is read as plain JSON.
    /// </summary>
    internal static void Take<T>(
        this IReceiveEndpointConfigurator endpoint, IMessageTransport transport, ReadMessage<T> read, string example)
        where T : class
    {
        endpoint.AddDeserializer(new MessageReader<T>(transport, new(Envelope), read, example));
        endpoint.AddDeserializer(new MessageReader<T>(transport, new(Plain), read, example), isDefault: true);
    }
}

/// <summary>
/// Reads the messages of a queue, which have one type: plain JSON, whatever the content type is, or MassTransit's envelope. Anything else
/// is refused with the messages of HTTP.
/// </summary>
/// <param name="example">An example of a message, for the refusal.</param>
internal sealed class MessageReader<T>(IMessageTransport transport, ContentType contentType, ReadMessage<T> read, string example)
    : ISerializerFactory, IMessageDeserializer
    where T : class
{
    private static readonly string s_type = MessageUrn.ForTypeString<T>();

    public ContentType ContentType => contentType;

    public IMessageDeserializer CreateDeserializer() => this;

    public IMessageSerializer CreateSerializer() => throw new NotSupportedException();

    public SerializerContext Deserialize(MessageBody body, MassTransit.Headers headers, Uri? destinationAddress) =>
        throw new NotSupportedException();

    public MessageBody GetMessageBody(string text) => throw new NotSupportedException();

    public void Probe(ProbeContext context) => context.CreateScope("tasksBus");

    /// <exception cref="CommandRefusedException">The queue does not accept the message.</exception>
    public ConsumeContext Deserialize(ReceiveContext receiveContext)
    {
        var properties = transport.PropertiesOf(receiveContext);
        var isEnvelope = string.Equals(receiveContext.ContentType?.MediaType, MessageReader.Envelope, StringComparison.OrdinalIgnoreCase);
        var body = ReadBody(receiveContext, properties);
        var requester = Remember(receiveContext, isEnvelope ? EnvelopesRequester(body, properties) : PlainRequester(properties));
        var messageId = isEnvelope ? Text(body, "messageId") ?? properties?.MessageId : properties?.MessageId;
        return new Delivery<T>(receiveContext, read(isEnvelope ? Open(body) : body), MessageIds.Of(messageId), requester,
            TraceOf(receiveContext, properties));
    }

    /// <summary>The header of W3C, which any client may set, or that of MassTransit.</summary>
    private static string? TraceOf(ReceiveContext receiveContext, IMessageProperties? properties)
    {
        return Of(TaskTraces.Header) ?? Of(DiagnosticHeaders.ActivityId);

        string? Of(string name) => properties is null ? receiveContext.TransportHeaders.Get<string>(name) : Header(properties, name);
    }

    private JsonBody ReadBody(ReceiveContext receiveContext, IMessageProperties? properties)
    {
        try
        {
            return JsonBody.Read(receiveContext.Body.GetBytes(), example) with { IsMessage = true };
        }
        catch (CommandRefusedException)
        {
            // A body that cannot be read does not name a requester, but the properties beside it may.
            Remember(receiveContext, PlainRequester(properties));
            throw;
        }
    }

    /// <summary>Remembers who waits for an answer, so that they learn of a refusal too.</summary>
    private static Requester<T>? Remember(ReceiveContext receiveContext, Requester<T>? requester)
    {
        if (requester is not null)
        {
            receiveContext.GetOrAddPayload<Requester>(() => requester);
        }

        return requester;
    }

    /// <summary>Returns the content of the envelope, if it is for us.</summary>
    private static JsonBody Open(JsonBody envelope)
    {
        if (!envelope.TryFind("messageType", out var types) || types.ValueKind != JsonValueKind.Array
            || !envelope.TryFind("message", out var message) || message.ValueKind != JsonValueKind.Object)
        {
            throw new CommandRefusedException(ErrorCode.BodyFormat,
                "An envelope of MassTransit's has messageType, an array, and message, an object; this body has not. "
                + $"Of plain JSON the content_type is {MessageReader.Plain}.");
        }

        foreach (var type in types.EnumerateArray())
        {
            if (type.ValueKind == JsonValueKind.String && string.Equals(envelope.TextOf(type), s_type, StringComparison.OrdinalIgnoreCase))
            {
                return envelope with { Json = message };
            }
        }

        throw new CommandRefusedException(
            ErrorCode.BodyFormat, $"The message is of no type that this queue takes. It takes {s_type}; see [MessageUrn].");
    }

    private static Requester<T>? EnvelopesRequester(JsonBody envelope, IMessageProperties? properties)
    {
        var address = Text(envelope, "responseAddress");
        if (address is null || Requester.IsDirectReply(address))
        {
            address = ReplyTo(properties);
        }

        return address is null ? null
            : new(address, false, Text(envelope, "requestId"), Present(properties?.CorrelationId), Text(envelope, "conversationId"));
    }

    private static Requester<T>? PlainRequester(IMessageProperties? properties) =>
        (ReplyTo(properties) ?? Header(properties, MessageHeaders.ResponseAddress)) is { } address
            ? new(address, true, Header(properties, MessageHeaders.RequestId), Present(properties!.CorrelationId), null)
            : null;

    private static string? ReplyTo(IMessageProperties? properties) =>
        Present(properties?.ReplyTo) is { } queue ? Requester.AddressOf(queue) : null;

    private static string? Header(IMessageProperties? properties, string name) => Present(properties?.Header(name));

    private static string? Text(JsonBody envelope, string name) =>
        envelope.TryFind(name, out var value) && value.ValueKind == JsonValueKind.String ? Present(envelope.TextOf(value)) : null;

    private static string? Present(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
