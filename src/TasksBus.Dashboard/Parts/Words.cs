using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Parts;

/// <summary>Numbers, times and JSON as people read them.</summary>
internal static class Words
{
    /// <summary>How much of a long text a page shows, in characters.</summary>
    public const int MostShown = 100_000;

    private static readonly JsonSerializerOptions s_pretty = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number that was counted up to a limit.</summary>
    public static string Counted(long number, int limit = IStatusReader.MostCounted) =>
        number >= limit ? $"{Count(limit)}+" : Count(number);

    public static string Status(string status) => status switch
    {
        TaskStates.New => "new",
        TaskStates.InProgress => "in progress",
        _ => status,
    };

    /// <summary>A length of time in its two largest units.</summary>
    public static string Duration(TimeSpan time)
    {
        FormattableString text = time.Duration() switch
        {
            { TotalMilliseconds: < 1 } => $"under 1 ms",
            { TotalSeconds: < 1 } => $"{time.TotalMilliseconds:0} ms",
            { TotalSeconds: < 10 } => $"{time.TotalSeconds:0.0} s",
            { TotalMinutes: < 1 } => $"{time.TotalSeconds:0} s",
            { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
            _ => $"{(int)time.TotalDays} d {time.Hours} h",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>How long ago something was, or in which time it will be.</summary>
    public static string Distance(DateTimeOffset time, DateTimeOffset now) =>
        time <= now ? $"{Duration(now - time)} ago" : $"in {Duration(time - now)}";

    /// <summary>The beginning of a text that may be long.</summary>
    public static (string Text, bool IsCut) Beginning(string text) =>
        text.Length <= MostShown ? (text, false)
        : (text[..(char.IsHighSurrogate(text[MostShown - 1]) ? MostShown - 1 : MostShown)], true);

    /// <summary>JSON with a line for each value. Numbers and the order of keys stay as they were sent.</summary>
    public static string Pretty(string json)
    {
        try
        {
            return json.Length > MostShown ? json : JsonSerializer.Serialize(JsonElement.Parse(json), s_pretty);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair can be stored, but not written anew.
            return json;
        }
    }
}
