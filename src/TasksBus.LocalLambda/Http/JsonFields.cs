using System.Text.Encodings.Web;
using System.Text.Json;

namespace TasksBus.LocalLambda.Http;

/// <summary>Reads fields of a request's body. Null counts as absent. A value of another type is refused, as Lambda does it.</summary>
internal static class JsonFields
{
    /// <summary>For JSON that is not part of an HTML page.</summary>
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="LambdaException">The body is not a JSON object.</exception>
    public static JsonDocument Parse(BoundedBody body)
    {
        try
        {
            var document = JsonDocument.Parse(body.Json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document : throw new LambdaException(LambdaError.NotJson("it is no object."));
        }
        catch (JsonException exception)
        {
            throw new LambdaException(LambdaError.NotJson(exception.Message));
        }
    }

    public static string? Text(JsonElement body, string name) =>
        Field(body, name, JsonValueKind.String) is { } value ? TextOf(value, name) : null;

    public static JsonElement? Object(JsonElement body, string name) => Field(body, name, JsonValueKind.Object);

    public static bool Flag(JsonElement body, string name) =>
        Has(body, name) && (body.GetProperty(name).ValueKind is JsonValueKind.True or JsonValueKind.False
        ? body.GetProperty(name).GetBoolean()
        : throw WrongType(name));

    public static int? Number(JsonElement body, string name) =>
        Field(body, name, JsonValueKind.Number) is not { } value ? null
            : value.TryGetInt32(out var number) ? number
            : throw WrongType(name);

    public static IReadOnlyList<string>? Texts(JsonElement body, string name) =>
        Field(body, name, JsonValueKind.Array)?.EnumerateArray().Select(item => TextOf(item, name)).ToList();

    public static Dictionary<string, string> TextMap(JsonElement given, string name)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in given.EnumerateObject())
        {
            texts[property.Name] = TextOf(property.Value, name);
        }

        return texts;
    }

    /// <summary>Decodes the base64 text of a field.</summary>
    public static byte[]? Bytes(JsonElement body, string name) =>
        Field(body, name, JsonValueKind.String) is not { } value ? null
        : value.TryGetBytesFromBase64(out var bytes) ? bytes
        : throw new LambdaException(LambdaError.NotJson($"{name} is not base64."));

    /// <summary>Returns true when the field is present, and neither null nor empty.</summary>
    public static bool IsSet(JsonElement body, string name) =>
        Has(body, name) && IsFilled(body.GetProperty(name));

    private static bool IsFilled(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetRawText() != "\"\"",
        JsonValueKind.Array => value.EnumerateArray().Any(),
        JsonValueKind.Object => value.EnumerateObject().Any(property => IsSet(value, property.Name)),
        JsonValueKind.False => false,
        _ => true,
    };

    private static bool Has(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    private static JsonElement? Field(JsonElement body, string name, JsonValueKind kind) =>
        !Has(body, name) ? null : body.GetProperty(name) is var value && value.ValueKind == kind ? value : throw WrongType(name);

    private static string TextOf(JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw WrongType(name);
        }
        catch (InvalidOperationException)
        {
            throw WrongType(name); // half of a surrogate pair is no text
        }
    }

    private static LambdaException WrongType(string name) => new(LambdaError.WrongType(name));
}
