using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using TasksBus.Contracts;
using TasksBus.Scheduling;

namespace TasksBus.Server.Http;

/// <summary>Reads bodies: what a field is must be said exactly, so nothing is converted silently.</summary>
internal static class RequestBody
{
    private const int ReceivedAtOnce = 16 * 1024;

    /// <summary>What the JSON reader throws at half of a surrogate pair, said for people.</summary>
    public static readonly Refusal HalfPair = new(ErrorCode.FieldFormat, "Names, functionName and tags must not hold half of a surrogate pair.");

    /// <summary>A JSON object, or why the body is none.</summary>
    /// <param name="example">What a body may look like.</param>
    public static async Task<(JsonElement Body, Refusal? Refusal)> ReadAsync(HttpRequest request, string example = """{"functionName":"hello"}""")
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), example);
    }

    /// <summary>The body of a request to run a function, or why it is not taken.</summary>
    /// <param name="full">What is told to a large one for which there is no place.</param>
    public static async Task<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReceiveAsync(HttpRequest request, ArrivingBody body, Func<Refusal> full)
    {
        if (!body.MayHave(request.ContentLength ?? 0))
        {
            return (default, full());
        }

        ArrayBufferWriter<byte> buffer = new();
        while (await request.Body.ReadAsync(buffer.GetMemory(ReceivedAtOnce), body.CancellationToken) is var read and > 0)
        {
            buffer.Advance(read);
            if (!body.MayHave(buffer.WrittenCount))
            {
                return (default, full());
            }
        }

        return (buffer.WrittenMemory, null);
    }

    private static (JsonElement Body, Refusal? Refusal) Parse(ReadOnlyMemory<byte> bytes, string example)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
        {
            // What some editors and shells put before a text in UTF-8.
            bytes = bytes[3..];
        }

        if (bytes.Length == 0)
        {
            return (default, new(ErrorCode.EmptyBody, $"A JSON object is needed as the body, such as {example}."));
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            return (default, new(ErrorCode.BodyFormat, "The body is not UTF-8."));
        }

        try
        {
            var body = JsonElement.Parse(bytes.Span);
            return body.ValueKind == JsonValueKind.Object ? (body, null)
                : (default, new(ErrorCode.BodyFormat, $"The body must be a JSON object; got {body.ValueKind.ToString().ToLowerInvariant()}."));
        }
        catch (JsonException exception)
        {
            return (default, new(ErrorCode.BodyFormat, $"The body is not JSON: {exception.Message}"));
        }
    }

    /// <summary>A task to schedule, or why it is none.</summary>
    /// <param name="known">The fields that the body may have.</param>
    public static (ScheduleTask Task, Refusal? Refusal) ToTask(JsonElement body, BodyFields fields, BodyFields.Known known)
    {
        var (unknown, refusal) = (fields.Check(body, known), (Refusal?)null);
        try
        {
            var task = new ScheduleTask
            {
                FunctionName = Field(body, "functionName", JsonValueKind.String, "a string", ref refusal)?.GetString() ?? "",
                Data = Field(body, "data", JsonValueKind.Object, "a JSON object", ref refusal),
                StartTimestamp = Timestamp(body, "startTimestamp", ref refusal),
                Priority = Integer(body, "priority", ref refusal),
                Tags = Strings(body, "tags", ref refusal),
            };
            refusal ??= ScheduleRules.Check(task);
            // What is missing may be there under another name.
            return (task, refusal?.Code == ErrorCode.MissingRequiredFields && unknown is not null
                ? refusal with { Message = $"{refusal.Message} {unknown.Message}" }
                : unknown ?? refusal);
        }
        catch (InvalidOperationException)
        {
            return (null!, HalfPair);
        }
    }

    /// <summary>A task to execute directly. The body may be empty.</summary>
    /// <exception cref="CommandRefusedException">It is none; the refusal says why.</exception>
    public static ScheduleTask ToDirect(ReadOnlyMemory<byte> bytes, string functionName, BodyFields fields)
    {
        var (body, refusal) = bytes.IsEmpty ? (default, null) : Parse(bytes, """{"data":{"name":"world"}}""");
        refusal ??= bytes.IsEmpty ? null : fields.Check(body, BodyFields.Execution);
        try
        {
            var data = refusal is null && !bytes.IsEmpty ? Field(body, "data", JsonValueKind.Object, "a JSON object", ref refusal) : null;
            var task = new ScheduleTask { FunctionName = functionName, Data = data, Priority = 0 };
            return (refusal ?? ScheduleRules.Check(task)) is { } wrong ? throw new CommandRefusedException(wrong) : task;
        }
        catch (InvalidOperationException)
        {
            throw new CommandRefusedException(HalfPair);
        }
    }

    /// <summary>The tasks of a batch, or why they are none; the message names the first bad one by its index.</summary>
    public static (IReadOnlyList<ScheduleTask> Tasks, Refusal? Refusal) ToTasks(JsonElement body, BodyFields fields)
    {
        if (fields.Check(body, BodyFields.Batch) is { } unknown)
        {
            return ([], unknown);
        }

        JsonElement list;
        try
        {
            if (!body.TryGetProperty("tasks", out list))
            {
                return ([], new(ErrorCode.MissingRequiredFields, "tasks is required: an array of tasks."));
            }
        }
        catch (InvalidOperationException)
        {
            return ([], HalfPair);
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > ScheduleRules.MaxTasksAtOnce)
        {
            return ([], new(ErrorCode.FieldFormat, $"tasks must be an array of 1 to {ScheduleRules.MaxTasksAtOnce} tasks."));
        }

        List<ScheduleTask> tasks = [];
        foreach (var element in list.EnumerateArray())
        {
            var (task, refusal) = element.ValueKind == JsonValueKind.Object ? ToTask(element, fields, BodyFields.Task) : (null!, new(ErrorCode.FieldFormat, "A task is a JSON object."));
            if (refusal is not null)
            {
                return ([], refusal with { Message = $"tasks[{tasks.Count}]: {refusal.Message}" });
            }

            tasks.Add(task);
        }

        return (tasks, null);
    }

    internal static JsonElement? Field(JsonElement body, string name, JsonValueKind kind, string form, ref Refusal? refusal)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
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

    private static DateTimeOffset? Timestamp(JsonElement body, string name, ref Refusal? refusal)
    {
        if (Field(body, name, JsonValueKind.String, "an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z", ref refusal) is not { } value)
        {
            return null;
        }

        if (UtcTimestampConverter.TryParse(value.GetString(), out var timestamp))
        {
            return timestamp;
        }

        refusal ??= Format(name, "an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z", value);
        return null;
    }

    internal static long? Integer(
        JsonElement body, string name, ref Refusal? refusal, string form = "an integer from -9007199254740991 to 9007199254740991")
    {
        if (Field(body, name, JsonValueKind.Number, form, ref refusal) is not { } value)
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

    internal static List<string>? Strings(JsonElement body, string name, ref Refusal? refusal)
    {
        if (Field(body, name, JsonValueKind.Array, "an array of strings", ref refusal) is not { } values)
        {
            return null;
        }

        List<string> strings = [];
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                refusal ??= Format(name, "an array of strings", value);
                return null;
            }

            strings.Add(value.GetString()!);
        }

        return strings;
    }

    internal static Refusal Format(string name, string form, JsonElement value)
    {
        var text = value.GetRawText();
        return new(ErrorCode.FieldFormat, $"{name} must be {form}; got {(text.Length <= 40 ? text : text[..40] + "...")}.");
    }
}
