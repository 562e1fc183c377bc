using System.Globalization;
using System.Text.RegularExpressions;
using TasksBus.Contracts;

namespace TasksBus.Tool.Arguments;

/// <summary>Reads times and spans of time as users type them.</summary>
internal static partial class TimeArgument
{
    /// <summary>The form of a span, for help and messages.</summary>
    public const string SpanForm = "such as 30s, 10m, 1h30m or 7d";

    /// <summary>Reads a span such as <c>1h30m</c>. Null when it is none, or is longer than ten thousand days.</summary>
    public static TimeSpan? ReadSpan(string text)
    {
        if (text.Length == 0 || Span().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var span = TimeSpan.Zero;
        foreach (var (group, unit) in new[] { ("d", 86_400L), ("h", 3_600L), ("m", 60L), ("s", 1L) })
        {
            if (match.Groups[group] is { Success: true, ValueSpan: var digits })
            {
                span += TimeSpan.FromSeconds(long.Parse(digits, CultureInfo.InvariantCulture) * unit);
            }
        }

        return span <= TimeSpan.FromDays(10_000) ? span : null;
    }

    /// <exception cref="ToolException">It is no span.</exception>
    public static TimeSpan? ReadSpan(string? text, string option) => text is null ? null
        : ReadSpan(text) ?? throw ToolException.Usage($"{option} takes a span of time, {SpanForm}.");

    /// <summary>Reads a timestamp, or a span that is counted from now.</summary>
    /// <param name="direction">1 for a span in the future, -1 for one in the past.</param>
    /// <exception cref="ToolException">It is neither.</exception>
    public static DateTimeOffset? ReadTime(string? text, string option, int direction, TimeProvider time) => text is null ? null
        : UtcTimestampConverter.TryParse(text, out var timestamp) ? timestamp
        : ReadSpan(text) is { } span ? time.GetUtcNow() + direction * span
        : throw ToolException.Usage(
            $"{option} takes a timestamp such as 2030-01-01T08:00:00Z, or a span {(direction > 0 ? "from" : "before")} now, {SpanForm}.");

    /// <summary>The timestamp as the API writes it.</summary>
    public static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?:(?<d>\d{1,5})d)?(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,7})m)?(?:(?<s>\d{1,9})s)?\z")]
    private static partial Regex Span();
}
