using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TasksBus.Contracts;

namespace TasksBus;

/// <summary>
/// The ways in which JSON is written. Except in messages, texts are escaped little more than JSON requires, so that answers are readable in
/// a terminal. No HTML page embeds them.
/// </summary>
public static class JsonOutput
{
    /// <summary>For JSON that is written field by field. A task's input is written as it was sent, without the writer's checks.</summary>
    public static readonly JsonWriterOptions Fields =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>For answers that are made from objects. Null values are left out.</summary>
    public static JsonSerializerOptions Objects { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>For events in the outbox and answers on the bus, in the form of MassTransit's serializers.</summary>
    public static JsonSerializerOptions Messages => JsonSerializerOptions.Web;

    /// <summary>Returns the bytes of JSON that is written field by field.</summary>
    public static ReadOnlyMemory<byte> ToBytes(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Fields))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Writes a text, unless it is null.</summary>
    public static void WriteOptional(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    /// <summary>Writes JSON as it was sent, unless it is null. Large numbers, the case of keys and their order stay the sender's.</summary>
    public static void WriteAsSent(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? json)
    {
        if (json is not null)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }

    /// <summary>Writes an array of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes the error of a task or of a request, unless it is null.</summary>
    public static void WriteError(this Utf8JsonWriter writer, TaskError? error)
    {
        if (error is not null)
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("type"u8, error.Type);
            writer.WriteString("name"u8, error.Name);
            writer.WriteString("message"u8, error.Message);
            writer.WriteEndObject();
        }
    }
}
