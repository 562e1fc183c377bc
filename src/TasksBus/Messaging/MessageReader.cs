using System.Net.Mime;
using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>Makes a message of its JSON, or says why it is none.</summary>
internal delegate (T Message, Refusal? Refusal) ReadMessage<T>(JsonElement body);

public static class MessageReader
{
    /// <summary>The content type of plain JSON.</summary>
    public const string Plain = "application/json";

    /// <summary>The content type of MassTransit's envelope.</summary>
    public const string Envelope = "application/vnd.masstransit+json";

    /// <summary>The queue takes messages of one type, plain or in an envelope; what is marked as neither is taken for plain JSON.</summary>
    internal static void Take<T>(this IReceiveEndpointConfigurator endpoint, IMessageTransport transport, ReadMessage<T> read, string example)
        where T : class
    {
        endpoint.AddDeserializer(new MessageReader<T>(transport, new(Envelope), read, example));
        endpoint.AddDeserializer(new MessageReader<T>(transport, new(Plain), read, example), isDefault: true);
    }
}

/// <summary>
/// Reads what a queue takes, of one type: plain JSON, whatever its content type, or MassTransit's envelope. What is neither is refused in the words of HTTP.
/// </summary>
/// <param name="example">What a message may look like.</param>
internal sealed class MessageReader<T>(IMessageTransport transport, ContentType contentType, ReadMessage<T> read, string example) : ISerializerFactory, IMessageDeserializer
    where T : class
{
    private static readonly string s_type = MessageUrn.ForTypeString<T>();

    public ContentType ContentType => contentType;

    public IMessageDeserializer CreateDeserializer() => this;

    public IMessageSerializer CreateSerializer() => throw new NotSupportedException();

    public SerializerContext Deserialize(MessageBody body, MassTransit.Headers headers, Uri? destinationAddress) => throw new NotSupportedException();

    public MessageBody GetMessageBody(string text) => throw new NotSupportedException();

    public void Probe(ProbeContext context) => context.CreateScope("tasksBus");

    /// <exception cref="CommandRefusedException">The message is none that the queue takes.</exception>
    public ConsumeContext Deserialize(ReceiveContext receiveContext)
    {
        var properties = transport.PropertiesOf(receiveContext);
        var isEnvelope = string.Equals(receiveContext.ContentType?.MediaType, MessageReader.Envelope, StringComparison.OrdinalIgnoreCase);
        var (body, refusal) = JsonBody.Read(receiveContext.Body.GetBytes(), example);
        try
        {
            var requester = refusal is null && isEnvelope ? EnvelopesRequester(body, properties) : PlainRequester(properties);
            if (requester is not null)
            {
                // Whoever waits is told of a refusal too.
                receiveContext.GetOrAddPayload<Requester>(() => requester);
            }

            var messageId = properties?.MessageId;
            if (refusal is null && isEnvelope)
            {
                messageId = Text(body, "messageId") ?? messageId;
                (body, refusal) = Open(body);
            }

            if (refusal is null)
            {
                (var message, refusal) = read(body);
                if (refusal is null)
                {
                    return new Delivery<T>(receiveContext, message, MessageIds.Of(messageId), requester);
                }
            }
        }
        catch (InvalidOperationException)
        {
            refusal = JsonBody.HalfPair;
        }

        throw new CommandRefusedException(refusal!);
    }

    /// <summary>What the envelope holds, if it is for us.</summary>
    private static (JsonElement Body, Refusal? Refusal) Open(JsonElement envelope)
    {
        if (!JsonBody.TryFind(envelope, "messageType", anyCase: true, out var types) || types.ValueKind != JsonValueKind.Array
            || !JsonBody.TryFind(envelope, "message", anyCase: true, out var message) || message.ValueKind != JsonValueKind.Object)
        {
            return (default, new(ErrorCode.BodyFormat,
                $"An envelope of MassTransit's has messageType, an array, and message, an object; this body has not. Of plain JSON the content_type is {MessageReader.Plain}."));
        }

        foreach (var type in types.EnumerateArray())
        {
            if (type.ValueKind == JsonValueKind.String && string.Equals(type.GetString(), s_type, StringComparison.OrdinalIgnoreCase))
            {
                return (message, null);
            }
        }

        return (default, new(ErrorCode.BodyFormat, $"The message is of no type that this queue takes. It takes {s_type}; see [MessageUrn]."));
    }

    private static Requester<T>? EnvelopesRequester(JsonElement envelope, IMessageProperties? properties)
    {
        var address = Text(envelope, "responseAddress");
        if (address is null || Requester.IsDirectReply(address))
        {
            address = ReplyTo(properties);
        }

        return address is null ? null : new(address, false, Text(envelope, "requestId"), Present(properties?.CorrelationId), Text(envelope, "conversationId"));
    }

    private static Requester<T>? PlainRequester(IMessageProperties? properties) =>
        (ReplyTo(properties) ?? Header(properties, MessageHeaders.ResponseAddress)) is { } address
            ? new(address, true, Header(properties, MessageHeaders.RequestId), Present(properties!.CorrelationId), null)
            : null;

    private static string? ReplyTo(IMessageProperties? properties) => Present(properties?.ReplyTo) is { } queue ? Requester.AddressOf(queue) : null;

    private static string? Header(IMessageProperties? properties, string name) => Present(properties?.Header(name));

    private static string? Text(JsonElement envelope, string name) =>
        JsonBody.TryFind(envelope, name, anyCase: true, out var value) && value.ValueKind == JsonValueKind.String ? Present(value.GetString()) : null;

    private static string? Present(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
