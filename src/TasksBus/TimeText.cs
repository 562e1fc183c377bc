using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TasksBus;

/// <summary>Formats times as every answer and event shows them: ISO 8601 in UTC with milliseconds.</summary>
public static class TimeText
{
    private const int RoundTripLength = 28;

    /// <summary>The text of a time.</summary>
    public static string Format(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[RoundTripLength];
        return Encoding.ASCII.GetString(Shown(time, text));
    }

    /// <summary>Writes a time as the text of a property.</summary>
    public static void WriteTime(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[RoundTripLength];
        writer.WriteString(name, Shown(time, text));
    }

    /// <summary>Uses the round-trip format, which is several times faster than a custom one.</summary>
    private static ReadOnlySpan<byte> Shown(DateTimeOffset time, Span<byte> text)
    {
        const int Milliseconds = 23;
        time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        text[Milliseconds] = (byte)'Z';
        return text[..(Milliseconds + 1)];
    }
}
