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

    /// <summary>A length of time in its two largest units. The second one is left out where there is none of it.</summary>
    public static string Duration(TimeSpan time)
    {
        var length = time.Duration();
        // What is rounded up to a whole larger unit is shown in that one.
        var whole = length.TotalSeconds < 59.5 ? length : TimeSpan.FromSeconds(Math.Round(length.TotalSeconds));
        return whole switch
        {
            { TotalMilliseconds: < 1 } => "under 1 ms",
            { TotalMilliseconds: < 999.5 } => Invariant($"{whole.TotalMilliseconds:0} ms"),
            { TotalSeconds: < 9.95 } => Invariant($"{whole.TotalSeconds:0.0} s"),
            { TotalMinutes: < 1 } => Invariant($"{whole.TotalSeconds:0} s"),
            { TotalHours: < 1 } => Parts(whole.Minutes, "min", whole.Seconds, "s"),
            { TotalDays: < 1 } => Parts(whole.Hours, "h", whole.Minutes, "min"),
            _ => Parts((int)whole.TotalDays, "d", whole.Hours, "h"),
        };
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

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Parts(int large, string unit, int small, string smallUnit) =>
        small == 0 ? Invariant($"{large} {unit}") : Invariant($"{large} {unit} {small} {smallUnit}");
}
