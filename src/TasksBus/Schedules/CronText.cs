using System.Text.RegularExpressions;
using Cronos;

namespace TasksBus.Schedules;

/// <summary>Reads cron expressions and the names of time zones.</summary>
internal static partial class CronText
{
    private const int MaxLength = 256;

    /// <summary>Twice the length of the longest IANA name.</summary>
    private const int MaxZoneLength = 64;

    /// <summary>
    /// Parses an expression of 5 fields (minute, hour, day of month, month, day of week), or of 6 with the second before them.
    /// </summary>
    /// <exception cref="CronFormatException">The text is not a cron expression. The message says why.</exception>
    public static CronExpression Parse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields is not (5 or 6) || text.Length > MaxLength)
        {
            throw new CronFormatException(
                text.Length > MaxLength ? $"At most {MaxLength} characters; it has {text.Length}." : $"It has {fields} fields.");
        }

        try
        {
            return CronExpression.Parse(text, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (MissingSeedException)
        {
            throw new CronFormatException("'H' is not understood; write a number.");
        }
    }

    /// <summary>
    /// Returns true when the expression ticks at intervals: with <c>*</c>, a range or a step among hours, minutes or seconds. Otherwise it
    /// names times of the day.
    /// </summary>
    public static bool IsRepeating(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[..^3].Any(static field => field.AsSpan().ContainsAny("*?-/"));

    /// <param name="name">An IANA name in its exact spelling. Null means UTC.</param>
    /// <exception cref="TimeZoneNotFoundException">It is not such a name, or this machine does not know it.</exception>
    public static TimeZoneInfo Zone(string? name) =>
        name is null ? TimeZoneInfo.Utc
        // .NET also accepts names that it has met in other cases, and names that only this machine knows. Another process would not know
        // them.
        : name.Length <= MaxZoneLength && ZoneName().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            && zone.Id == name ? zone
        : throw new TimeZoneNotFoundException(
            $"This server knows no time zone '{Excerpt.Of(name, MaxZoneLength)}'.");

    /// <summary>Windows names have blanks or <c>UTC-</c>, and paths have dots.</summary>
    [GeneratedRegex(@"\A(?!(?i:posix|right)/|posixrules\z|localtime\z|UTC[+-])[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}\z")]
    private static partial Regex ZoneName();
}
