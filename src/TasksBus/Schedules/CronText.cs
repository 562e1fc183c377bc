using System.Text.RegularExpressions;
using Cronos;

namespace TasksBus.Schedules;

/// <summary>Reads cron expressions and the names of time zones.</summary>
internal static partial class CronText
{
    private const int MaxLength = 256;

    /// <summary>An expression of 5 fields (minute, hour, day of month, month, day of week), or of 6 with the second before them.</summary>
    /// <exception cref="CronFormatException">It is none; the message says why.</exception>
    public static CronExpression Parse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields is not (5 or 6) || text.Length > MaxLength)
        {
            throw new CronFormatException(text.Length > MaxLength ? $"At most {MaxLength} characters; it has {text.Length}." : $"It has {fields} fields.");
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

    /// <param name="name">An IANA name; null: UTC.</param>
    /// <exception cref="TimeZoneNotFoundException">It is none, or this machine does not know it.</exception>
    public static TimeZoneInfo Zone(string? name)
    {
        if (name is null)
        {
            return TimeZoneInfo.Utc;
        }

        try
        {
            // Names of Windows have blanks, and paths have dots.
            return ZoneName().IsMatch(name) ? TimeZoneInfo.FindSystemTimeZoneById(name) : throw new TimeZoneNotFoundException();
        }
        catch (InvalidTimeZoneException exception)
        {
            throw new TimeZoneNotFoundException(exception.Message, exception);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}\z")]
    private static partial Regex ZoneName();
}
