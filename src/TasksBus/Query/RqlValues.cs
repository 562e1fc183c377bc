using System.Globalization;
using System.Text.RegularExpressions;
using Superpower.Model;
using TasksBus.Contracts;

namespace TasksBus.Query;

/// <summary>Reads values in the type with which they are compared.</summary>
internal static partial class RqlValues
{
    /// <summary>A text of 24 hex digits counts as an id if nothing else says its type.</summary>
    private const int IdLength = TaskId.Size * 2;

    private const int MaxNumberLength = 400;
    private const string Times = "an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z, or epoch: and milliseconds since 1970";
    private const string Numbers = "a number, such as -5 or 1.5";

    private static readonly HashSet<string> s_casts = ["string", "number", "boolean", "date", "epoch"];

    /// <summary>The condition that a path's value matches one of several. Values that can never match are left out.</summary>
    /// <param name="name">The path as it is written.</param>
    public static RqlCondition Match(RqlPath path, RqlTest test, IReadOnlyList<TextSpan> values, string name)
    {
        var isText = path.Kind is RqlKind.Text or RqlKind.TextArray or RqlKind.Id or RqlKind.IdArray or RqlKind.Json;
        List<RqlValue> read = test != RqlTest.Like ? [.. values.Select(value => Read(path, value, name)).OfType<RqlValue>()]
            : isText ? [.. values.Select(static value => Text(Written.Of(value).Text)).OfType<RqlValue>()]
            : [];
        if (path.Kind is not (RqlKind.Missing or RqlKind.Composed))
        {
            return read.Count > 0 ? new RqlMatch(path, test, read) : RqlCondition.Never;
        }

        // Nothing but null equals a missing value, and no value equals an object. For an object, null asks whether it is missing.
        var asksForNull = test is RqlTest.Equal or RqlTest.LessOrEqual or RqlTest.GreaterOrEqual
            && read.Any(static value => value is RqlNull);
        return !asksForNull ? RqlCondition.Never
            : path.Kind == RqlKind.Missing ? RqlCondition.Always
            : new RqlNot(new RqlHas(path));
    }

    /// <summary>
    /// Reads a value with the type of its property, whatever a cast says. In JSON the type is that of the cast, or the one that the value
    /// looks like.
    /// </summary>
    /// <returns>Null when nothing can have this value.</returns>
    private static RqlValue? Read(RqlPath path, TextSpan value, string name)
    {
        var written = Written.Of(value);
        return path.Kind switch
        {
            _ when path.Values.Count > 0 && !path.Values.Contains(written.Text) =>
                throw Wrong(value, name, $"one of {string.Join(", ", path.Values)}", written.Text),
            RqlKind.Id or RqlKind.IdArray => TaskId.TryParse(written.Text, out var id) ? new RqlId(id) : null,
            RqlKind.Text or RqlKind.TextArray => Text(written.Text),
            RqlKind.Timestamp => new RqlInstant(Instant(written, value, name)),
            RqlKind.Number => Number(written.Text, value, name),
            RqlKind.Boolean => Boolean(written.Text, value, name),
            _ => Cast(written, value, name),
        };
    }

    private static RqlText? Text(string text) => RqlSchema.IsComparable(text) ? new(text) : null;

    private static RqlValue? Cast(Written written, TextSpan value, string name) => written.Cast switch
    {
        "string" => Text(written.Text),
        "number" => Number(written.Text, value, name),
        "boolean" => Boolean(written.Text, value, name),
        // JSON has no times, so they are compared as texts in the usual form.
        "date" or "epoch" => new RqlText(TimeText.Format(DateTimeOffset.UnixEpoch.AddTicks(Instant(written, value, name)))),
        _ => Guess(written.Text),
    };

    private static RqlValue? Guess(string text) => text switch
    {
        "true" or "false" => new RqlBoolean(text == "true"),
        "null" => new RqlNull(),
        _ when text.Length is not IdLength and <= MaxNumberLength && PlainNumber().IsMatch(text) => new RqlNumber(text),
        _ => Text(text),
    };

    private static RqlBoolean Boolean(string text, TextSpan value, string name) =>
        bool.TryParse(text, out var boolean) ? new(boolean) : throw Wrong(value, name, "true or false", text);

    private static RqlNumber Number(string text, TextSpan value, string name) =>
        text.Length <= MaxNumberLength && AnyNumber().IsMatch(text) ? new(text) : throw Wrong(value, name, Numbers, text);

    private static long Instant(Written written, TextSpan value, string name)
    {
        if (written.Cast == "epoch")
        {
            return long.TryParse(written.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds is >= -62_135_596_800_000 and < 253_402_300_800_000
                ? milliseconds * TimeSpan.TicksPerMillisecond
                : throw Wrong(value, name, Times, written.Text);
        }

        return UtcTimestampConverter.TryParse(written.Text, out var time)
            ? time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks : throw Wrong(value, name, Times, written.Text);
    }

    private static RqlException Wrong(TextSpan at, string name, string expected, string text) =>
        new(
            at.Source!, at.Position.Absolute,
            $"'{RqlException.Short(name)}' is compared with {expected}; got '{RqlException.Short(text)}'.");

    // A number with an exponent does not count as a plain number, because 12e5 is more often a part of a hash.
    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?\z")]
    private static partial Regex PlainNumber();

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\z")]
    private static partial Regex AnyNumber();

    /// <summary>A value as it is written. A prefix counts as a cast only if its colon was there after the first decoding.</summary>
    private readonly record struct Written(string? Cast, string Text)
    {
        public static Written Of(TextSpan value)
        {
            var text = value.ToStringValue();
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon > 0 && s_casts.Contains(text[..colon])
                ? new(text[..colon], Uri.UnescapeDataString(text[(colon + 1)..])) : new(null, Uri.UnescapeDataString(text));
        }
    }
}
