using System.Text.Json;

namespace TasksBus.Tool.Output;

/// <summary>Reads fields of the server's answers, of which any may be missing.</summary>
internal static class Fields
{
    /// <summary>The value of a field as text: a list is joined by commas. Null when there is none.</summary>
    /// <param name="path">The field's name, with dots for fields within fields.</param>
    public static string? TextAt(this JsonElement json, string path) => json.At(path) switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.String } text => TextOf(text),
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String) =>
            string.Join(',', list.EnumerateArray().Select(TextOf)),
        { } other => other.GetRawText(),
    };

    /// <summary>A text, as it is written in JSON where it has half of a surrogate pair.</summary>
    private static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }

    /// <summary>The whole number in a field. 0 when there is none.</summary>
    public static long NumberAt(this JsonElement json, string path) =>
        json.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    /// <summary>The time in a field. Null when there is none.</summary>
    public static DateTimeOffset? TimeAt(this JsonElement json, string path) =>
        json.At(path) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var time) ? time : null;

    /// <summary>The items of a field that is a list. None when there is no such list.</summary>
    public static IEnumerable<JsonElement> ItemsAt(this JsonElement json, string path) =>
        json.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static JsonElement? At(this JsonElement json, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json))
            {
                return null;
            }
        }

        return json;
    }
}
