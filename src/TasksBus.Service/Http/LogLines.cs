using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>
/// Splits a log as Lambda writes it into lines. A line's time is the time in it: as in Lambda's text format (<c>TIME\tID\tLEVEL\t...</c>,
/// Python's <c>[LEVEL]\tTIME\t...</c>) or in its JSON format (<c>timestamp</c> or <c>time</c>). A line of a local function that has no such
/// time gets the time at which it was written, which is not part of the message. Any other line without a time gets that of the line before
/// it.
/// </summary>
public static partial class LogLines
{
    /// <summary>Begins the lines of local functions, before the milliseconds since 1970 and a blank.</summary>
    private const char WrittenAt = '\u001f';

    private const int LongestMark = 20;

    public static IEnumerable<(string Message, DateTimeOffset Timestamp)> Read(TaskLog log)
    {
        var lines = log.Text.Split('\n').Select(static line => line.TrimEnd('\r')).Where(static line => line.Length > 0).Select(Read)
            .ToArray();
        // Lambda's first lines have no time (START). They get the time of the first line that has one.
        var time = lines.FirstOrDefault(static line => line.Time is not null).Time ?? log.ReceivedAt;
        foreach (var (message, own) in lines)
        {
            time = own ?? time;
            yield return (message, time);
        }
    }

    private static (string Message, DateTimeOffset? Time) Read(string line)
    {
        var end = line[0] == WrittenAt ? line.IndexOf(' ', StringComparison.Ordinal) : -1;
        if (end is < 0 or > LongestMark
            || !long.TryParse(line.AsSpan(1, end - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var written))
        {
            return (line, TimeIn(line));
        }

        var message = line[(end + 1)..];
        return (message,
            TimeIn(message)
                ?? (written <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(written) : null));
    }

    private static DateTimeOffset? TimeIn(string line) =>
        line.StartsWith('{') ? TimeInJson(line)
        : Text().Match(line) is { Success: true } text && UtcTimestampConverter.TryParse(text.Groups[1].Value, out var time) ? time
        : null;

    private static DateTimeOffset? TimeInJson(string line)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line));
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isTime = reader.ValueTextEquals("timestamp"u8) || reader.ValueTextEquals("time"u8);
                reader.Read();
                if (isTime && reader.TokenType == JsonTokenType.String && UtcTimestampConverter.TryParse(reader.GetString(), out var time))
                {
                    return time;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The line only looks like JSON, or Lambda cut it.
        }

        return null;
    }

    [GeneratedRegex(@"\A(?:\[[A-Z]+\]\t)?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)?)[\t ]")]
    private static partial Regex Text();
}
