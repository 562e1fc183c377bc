using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Reads JSON that callers and publishers send: what a field is must be said exactly, so nothing is converted silently.</summary>
public static class JsonBody
{
    public const string Integers = "an integer from -9007199254740991 to 9007199254740991";

    /// <summary>What the JSON reader throws at half of a surrogate pair (<see cref="InvalidOperationException"/>), said for people.</summary>
    public static readonly Refusal HalfPair = new(ErrorCode.FieldFormat, "Names, functionName and tags must not hold half of a surrogate pair.");

    /// <summary>A JSON object, or why the bytes are none.</summary>
    /// <param name="example">What a body may look like.</param>
    public static (JsonElement Body, Refusal? Refusal) Read(ReadOnlySpan<byte> bytes, string example)
    {
        if (bytes.StartsWith("\uFEFF"u8))
        {
            // What some editors and shells put before a text in UTF-8.
            bytes = bytes[3..];
        }

        if (bytes.Length == 0)
        {
            return (default, new(ErrorCode.EmptyBody, $"A JSON object is needed as the body, such as {example}."));
        }

        if (!Utf8.IsValid(bytes))
        {
            return (default, new(ErrorCode.BodyFormat, "The body is not UTF-8."));
        }

        try
        {
            var body = JsonElement.Parse(bytes);
            return body.ValueKind == JsonValueKind.Object ? (body, null)
                : (default, new(ErrorCode.BodyFormat, $"The body must be a JSON object; got {body.ValueKind.ToString().ToLowerInvariant()}."));
        }
        catch (JsonException exception)
        {
            return (default, new(ErrorCode.BodyFormat, $"The body is not JSON: {exception.Message}"));
        }
    }

    /// <param name="anyCase">Whether a field whose name differs in case only will do, as MassTransit's serializers write them.</param>
    /// <exception cref="InvalidOperationException">A name holds half of a surrogate pair.</exception>
    public static bool TryFind(JsonElement body, string name, bool anyCase, out JsonElement value)
    {
        if (body.TryGetProperty(name, out value))
        {
            return true;
        }

        foreach (var property in anyCase ? body.EnumerateObject() : default)
        {
            if (Ascii.EqualsIgnoreCase(JsonMarshal.GetRawUtf8PropertyName(property), name))
            {
                value = property.Value;
                return true;
            }
        }

        return false;
    }

    /// <summary>A field of one kind; null where it is missing, null or of another kind, which is refused.</summary>
    public static JsonElement? Field(JsonElement body, string name, JsonValueKind kind, string form, ref Refusal? refusal, bool anyCase = false)
    {
        if (!TryFind(body, name, anyCase, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == kind)
        {
            return value;
        }

        refusal ??= Format(name, form, value);
        return null;
    }

    public static string? Text(JsonElement body, string name, ref Refusal? refusal, bool anyCase = false) =>
        Field(body, name, JsonValueKind.String, "a string", ref refusal, anyCase)?.GetString();

    public static DateTimeOffset? Timestamp(JsonElement body, string name, ref Refusal? refusal, bool anyCase = false)
    {
        const string Form = "an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z";
        if (Field(body, name, JsonValueKind.String, Form, ref refusal, anyCase) is not { } value)
        {
            return null;
        }

        if (UtcTimestampConverter.TryParse(value.GetString(), out var timestamp))
        {
            return timestamp;
        }

        refusal ??= Format(name, Form, value);
        return null;
    }

    public static long? WholeNumber(JsonElement body, string name, ref Refusal? refusal, string form = Integers, bool anyCase = false)
    {
        if (Field(body, name, JsonValueKind.Number, form, ref refusal, anyCase) is not { } value)
        {
            return null;
        }

        if (value.TryGetInt64(out var number))
        {
            return number;
        }

        refusal ??= Format(name, form, value);
        return null;
    }

    public static List<string>? Strings(JsonElement body, string name, ref Refusal? refusal, bool anyCase = false)
    {
        const string Form = "an array of strings";
        if (Field(body, name, JsonValueKind.Array, Form, ref refusal, anyCase) is not { } values)
        {
            return null;
        }

        List<string> strings = [];
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                refusal ??= Format(name, Form, value);
                return null;
            }

            strings.Add(value.GetString()!);
        }

        return strings;
    }

    public static Refusal Format(string name, string form, JsonElement value)
    {
        var text = value.GetRawText();
        return new(ErrorCode.FieldFormat, $"{name} must be {form}; got {(text.Length <= 40 ? text : text[..40] + "...")}.");
    }
}
