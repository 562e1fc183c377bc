using System.Buffers;
using System.Text.Json;

namespace TasksBus.Server.Http;

/// <summary>Answers that are written field by field.</summary>
internal static class ApiAnswers
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>One resource was changed.</summary>
    public static IResult Affected { get; } = Results.Json(new { affectedRecords = 1 }, JsonSerializerOptions.Web);

    public static IResult Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return Results.Bytes(buffer.WrittenMemory, ContentType);
    }

    /// <summary>A page of a list.</summary>
    /// <param name="total">How many there are in all; null where nobody wants to know.</param>
    public static IResult Page(long? total, long offset, int limit, Action<Utf8JsonWriter> writeData) => Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("query"u8, "{}"u8);
        writer.WritePage(total, offset, limit);
        writeData(writer);
        writer.WriteEndObject();
    });

    /// <summary>Which part of a list it is.</summary>
    public static void WritePage(this Utf8JsonWriter writer, long? total, long offset, int limit)
    {
        writer.WriteStartObject("page"u8);
        if (total is { } count)
        {
            writer.WriteNumber("total"u8, count);
        }

        writer.WriteNumber("offset"u8, offset);
        writer.WriteNumber("limit"u8, limit);
        writer.WriteEndObject();
    }

    public static void WriteData<T>(this Utf8JsonWriter writer, IEnumerable<T> data, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray("data"u8);
        foreach (var each in data)
        {
            write(writer, each);
        }

        writer.WriteEndArray();
    }
}
