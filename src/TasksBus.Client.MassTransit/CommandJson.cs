using System.Diagnostics;
using System.Net.Mime;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;
using MassTransit.Serialization;

namespace TasksBus.Client.MassTransit;

/// <summary>
/// Writes commands in MassTransit's envelope, whatever serializer the bus has, with inputs as they are. MassTransit's own indents them and
/// escapes their texts, so an input within its limit might be too large on arrival.
/// </summary>
internal sealed class CommandJson : IMessageSerializer
{
    public static readonly CommandJson Instance = new();

    private static readonly JsonSerializerOptions s_options = new(SystemTextJsonMessageSerializer.Options)
    {
        WriteIndented = false,
        Converters = { new AsItIs() },
    };

    public ContentType ContentType => SystemTextJsonMessageSerializer.JsonContentType;

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class => new SystemTextJsonMessageBody<T>(context, s_options);

    private sealed class AsItIs : JsonConverter<JsonElement>
    {
        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonElement.ParseValue(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) =>
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
    }
}

internal static class CommandSending
{
    /// <summary>
    /// Sends it as a command of TasksBus. A broker at which no api has started yet has no queue for it. It must say so, instead of dropping
    /// the command without a word.
    /// </summary>
    public static void AsCommand(this SendContext context)
    {
        context.Serializer = CommandJson.Instance;
        if (Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current)
        {
            context.Headers.Set("traceparent", current.Id);
        }

        if (context.TryGetPayload(out PublishContext? publish))
        {
            publish.Mandatory = true;
        }
    }
}
