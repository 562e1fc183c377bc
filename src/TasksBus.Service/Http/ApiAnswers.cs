using System.Text.Json;
using TasksBus.Query;

namespace TasksBus.Service.Http;

/// <summary>Writes answers field by field.</summary>
internal static class ApiAnswers
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>The answer after one resource was changed.</summary>
    public static IResult Affected { get; } = Results.Json(new { affectedRecords = 1 }, JsonOutput.Objects);

    public static IResult NoneAffected { get; } = Results.Json(new { affectedRecords = 0 }, JsonOutput.Objects);

    public static IResult Json(Action<Utf8JsonWriter> write) => Results.Bytes(JsonOutput.ToBytes(write), ContentType);

    /// <summary>A page of what a query found.</summary>
    /// <param name="total">How many there are in all. Null when nobody asked for it.</param>
    /// <param name="limit">How many rows the page covers, when it ends before its limit. So the next page always begins at the sum of
    /// offset and limit.</param>
    public static IResult Page<T>(
        RqlQuery query, long? total, IReadOnlyList<T> found, Action<Utf8JsonWriter, T> write, int? limit = null) => Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("query"u8, "{}"u8);
        writer.WritePage(total, query.Offset, limit ?? query.Limit);
        RqlSelection selection = new(query.Select);
        writer.WriteData(found, query.Select.Count == 0 ? write
            : (_, each) => selection.Write(writer, JsonElement.Parse(JsonOutput.ToBytes(whole => write(whole, each)).Span)));
        writer.WriteEndObject();
    });

    /// <summary>Writes which part of a list the page is.</summary>
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
