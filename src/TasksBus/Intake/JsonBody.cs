using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>
/// A JSON object from a caller or a publisher. A field must have its exact type. Nothing is converted silently, and the first field of
/// another type is refused.
/// </summary>
/// <param name="Json">The object.</param>
public readonly record struct JsonBody(JsonElement Json)
{
    private const string Integers = "an integer from -9007199254740991 to 9007199254740991";

    /// <summary>
    /// True when it came over the bus. Then a task may have an idempotency key, and names of fields may differ in case, as MassTransit's
    /// serializers write them.
    /// </summary>
    public bool IsMessage { get; init; }

    /// <summary>True when names of fields may be in snake case too, as the API for events has them.</summary>
    public bool IsSnakeToo { get; init; }

    /// <summary>The texts that must not contain half of a surrogate pair, for the message. Default: names, functionName and tags.</summary>
    public string? Texts { get; init; }

    /// <summary>Reads a JSON object.</summary>
    /// <param name="example">An example of a body, for the message.</param>
    /// <exception cref="CommandRefusedException">The bytes are not a JSON object.</exception>
    public static JsonBody Read(ReadOnlySpan<byte> bytes, string example) =>
        ReadAny(bytes)
        ?? throw new CommandRefusedException(ErrorCode.EmptyBody, $"A JSON object is needed as the body, such as {example}.");

    /// <summary>Reads a JSON object, or returns null when there are no bytes.</summary>
    /// <exception cref="CommandRefusedException">The bytes are something else.</exception>
    public static JsonBody? ReadAny(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8))
        {
            // Some editors and shells put this before a text in UTF-8.
            bytes = bytes[3..];
        }

        if (bytes.Length == 0)
        {
            return null;
        }

        if (!Utf8.IsValid(bytes))
        {
            throw new CommandRefusedException(ErrorCode.BodyFormat, "The body is not UTF-8.");
        }

        try
        {
            var body = JsonElement.Parse(bytes);
            return body.ValueKind == JsonValueKind.Object ? new(body)
                : throw new CommandRefusedException(
                    ErrorCode.BodyFormat, $"The body must be a JSON object; got {body.ValueKind.ToString().ToLowerInvariant()}.");
        }
        catch (JsonException exception)
        {
            throw new CommandRefusedException(ErrorCode.BodyFormat, $"The body is not JSON: {exception.Message}");
        }
    }

    /// <summary>Finds a field of any kind.</summary>
    public bool TryFind(string name, out JsonElement value)
    {
        try
        {
            if (Json.TryGetProperty(name, out value)
                || (IsSnakeToo && Json.TryGetProperty(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), out value)))
            {
                return true;
            }
        }
        catch (InvalidOperationException)
        {
            throw HalfPair();
        }

        foreach (var property in IsMessage ? Json.EnumerateObject() : default)
        {
            if (Ascii.EqualsIgnoreCase(JsonMarshal.GetRawUtf8PropertyName(property), name))
            {
                value = property.Value;
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns a field of one kind. Null when it is missing or null. A field of another kind is refused.</summary>
    /// <param name="form">What the field must be, for the message.</param>
    public JsonElement? Field(string name, JsonValueKind kind, string form) =>
        !TryFind(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == kind ? value
        : throw Format(name, form, value);

    /// <summary>Returns an inner object, which is read by the same rules.</summary>
    public JsonBody? Inner(string name) =>
        Field(name, JsonValueKind.Object, "a JSON object") is { } value ? this with { Json = value } : null;

    /// <summary>Returns a text. Null when it is missing or null. Any other kind is refused.</summary>
    public string? Text(string name) => Field(name, JsonValueKind.String, "a string") is { } value ? TextOf(value) : null;

    /// <summary>Returns a time in UTC, from an ISO 8601 text. Null when it is missing or null. Any other form is refused.</summary>
    public DateTimeOffset? Timestamp(string name)
    {
        const string Form = "an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z";
        return Field(name, JsonValueKind.String, Form) is not { } value ? null
            : UtcTimestampConverter.TryParse(TextOf(value), out var timestamp) ? timestamp
            : throw Format(name, Form, value);
    }

    /// <summary>Returns a whole number of 64 bits. Null when it is missing or null. Any other form is refused.</summary>
    public long? WholeNumber(string name, string form = Integers) =>
        Field(name, JsonValueKind.Number, form) is not { } value ? null
        : value.TryGetInt64(out var number) ? number
        : throw Format(name, form, value);

    /// <summary>Returns true or false. Null when it is missing or null. Any other kind is refused.</summary>
    public bool? Boolean(string name) =>
        !TryFind(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Format(name, "true or false", value);

    /// <summary>Returns a list of texts. Null when it is missing or null. Any other form is refused.</summary>
    public List<string>? Strings(string name)
    {
        const string Form = "an array of strings";
        if (Field(name, JsonValueKind.Array, Form) is not { } values)
        {
            return null;
        }

        List<string> strings = [];
        foreach (var value in values.EnumerateArray())
        {
            strings.Add(value.ValueKind == JsonValueKind.String ? TextOf(value) : throw Format(name, Form, value));
        }

        return strings;
    }

    /// <summary>Reads each object of an array, by the same rules. The message of a refusal names the first bad one by its index.</summary>
    /// <param name="list">The name of the array.</param>
    /// <param name="each">What each is, for the message, such as "A task".</param>
    public List<T> Each<T>(string list, JsonElement array, string each, Func<JsonBody, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        List<T> all = [];
        foreach (var element in array.EnumerateArray())
        {
            try
            {
                all.Add(element.ValueKind == JsonValueKind.Object ? read(this with { Json = element })
                    : throw new CommandRefusedException(ErrorCode.FieldFormat, $"{each} is a JSON object."));
            }
            catch (CommandRefusedException refused)
            {
                throw new CommandRefusedException(refused.Refusal.At(list, all.Count));
            }
        }

        return all;
    }

    /// <summary>The text of a string in the body.</summary>
    public string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw HalfPair();
        }
    }

    /// <summary>
    /// The refusal for what the JSON reader throws at half of a surrogate pair (<see cref="InvalidOperationException"/>).
    /// </summary>
    public CommandRefusedException HalfPair() =>
        new(ErrorCode.FieldFormat, $"{Texts ?? "Names, functionName and tags"} must not hold half of a surrogate pair.");

    private static CommandRefusedException Format(string name, string form, JsonElement value)
    {
        var text = value.GetRawText();
        return new(ErrorCode.FieldFormat, $"{name} must be {form}; got {Excerpt.Of(text, 40)}.");
    }
}
