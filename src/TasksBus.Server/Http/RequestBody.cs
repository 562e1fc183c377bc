using System.Buffers;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>Reads the bodies of requests, by the rules that messages have too (<see cref="JsonBody"/>).</summary>
internal static class RequestBody
{
    private const int ReceivedAtOnce = 16 * 1024;

    /// <summary>A JSON object, or why the body is none.</summary>
    /// <param name="example">What a body may look like.</param>
    public static async Task<(JsonElement Body, Refusal? Refusal)> ReadAsync(HttpRequest request, string example = """{"functionName":"hello"}""")
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return JsonBody.Read(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), example);
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

    /// <summary>A task to schedule, or why it is none.</summary>
    /// <param name="known">The fields that the body may have.</param>
    public static (ScheduleTask Task, Refusal? Refusal) ToTask(JsonElement body, BodyFields fields, BodyFields.Known known)
    {
        var unknown = fields.Check(body, known);
        var (task, refusal) = TaskBody.ToTask(body);
        // What is missing may be there under another name.
        return (task, refusal?.Code == ErrorCode.MissingRequiredFields && unknown is not null
            ? refusal with { Message = $"{refusal.Message} {unknown.Message}" }
            : unknown ?? refusal);
    }

    /// <summary>The tasks of a batch, or why they are none; the message names the first bad one by its index.</summary>
    public static (IReadOnlyList<ScheduleTask> Tasks, Refusal? Refusal) ToTasks(JsonElement body, BodyFields fields) =>
        fields.Check(body, BodyFields.Batch) is { } unknown ? ([], unknown) : TaskBody.ToTasks(body, element => ToTask(element, fields, BodyFields.Task));

    /// <summary>A task to execute directly. The body may be empty.</summary>
    /// <exception cref="CommandRefusedException">It is none; the refusal says why.</exception>
    public static ScheduleTask ToDirect(ReadOnlyMemory<byte> bytes, string functionName, BodyFields fields)
    {
        var (body, refusal) = bytes.IsEmpty ? (default, null) : JsonBody.Read(bytes.Span, """{"data":{"name":"world"}}""");
        refusal ??= bytes.IsEmpty ? null : fields.Check(body, BodyFields.Execution);
        try
        {
            var data = refusal is null && !bytes.IsEmpty ? Field(body, "data", JsonValueKind.Object, "a JSON object", ref refusal) : null;
            var task = new ScheduleTask { FunctionName = functionName, Data = data, Priority = 0 };
            return (refusal ?? ScheduleRules.Check(task)) is { } wrong ? throw new CommandRefusedException(wrong) : task;
        }
        catch (InvalidOperationException)
        {
            throw new CommandRefusedException(JsonBody.HalfPair);
        }
    }

    internal static JsonElement? Field(JsonElement body, string name, JsonValueKind kind, string form, ref Refusal? refusal) => JsonBody.Field(body, name, kind, form, ref refusal);

    internal static long? Integer(JsonElement body, string name, ref Refusal? refusal, string form = JsonBody.Integers) => JsonBody.WholeNumber(body, name, ref refusal, form);

    internal static List<string>? Strings(JsonElement body, string name, ref Refusal? refusal) => JsonBody.Strings(body, name, ref refusal);

    internal static Refusal Format(string name, string form, JsonElement value) => JsonBody.Format(name, form, value);
}
