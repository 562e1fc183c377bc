using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>Reads ISO 8601 timestamps. A timestamp without an offset is UTC, whatever the machine's time zone is.</summary>
public sealed class UtcTimestampConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var timestamp))
        {
            return timestamp;
        }

        throw new JsonException("Expected an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.UtcDateTime);
    }

    /// <summary>Reads an ISO 8601 timestamp with a date and a time, up to seven fraction digits, and an optional offset.</summary>
    public static bool TryParse(string? text, out DateTimeOffset timestamp)
    {
        timestamp = default;
        return text is { Length: >= 10 and <= 40 }
            && char.IsAsciiDigit(text[0]) && text[4] == '-' && text[7] == '-'
            && DateTimeOffset.TryParseExact(text, s_formats, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out timestamp);
    }

    private static readonly string[] s_formats =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd",
    ];
}
