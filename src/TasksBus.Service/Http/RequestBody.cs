using System.Buffers;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>Reads the bodies of requests, by the same rules as messages (<see cref="JsonBody"/>).</summary>
internal static class RequestBody
{
    private const int ReceivedAtOnce = 16 * 1024;

    /// <summary>Reads a JSON object.</summary>
    /// <param name="example">An example of a body, for the message.</param>
    /// <exception cref="CommandRefusedException">The body is not a JSON object.</exception>
    public static async Task<JsonBody> ReadAsync(HttpRequest request, string example = """{"functionName":"hello"}""")
    {
        using var buffer = await BufferAsync(request);
        return JsonBody.Read(buffer.GetBuffer().AsSpan(0, (int)buffer.Length), example);
    }

    /// <summary>Reads a JSON object, or returns null when the body is empty.</summary>
    /// <exception cref="CommandRefusedException">The body is something else.</exception>
    public static async Task<JsonBody?> ReadAnyAsync(HttpRequest request)
    {
        using var buffer = await BufferAsync(request);
        return JsonBody.ReadAny(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>Receives the body of a request to run a function.</summary>
    /// <exception cref="CommandRefusedException">The body is large, and there is no place for it.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReceiveAsync(HttpRequest request, ArrivingBody body)
    {
        body.Hold(request.ContentLength ?? 0);
        ArrayBufferWriter<byte> buffer = new();
        while (await request.Body.ReadAsync(buffer.GetMemory(ReceivedAtOnce), body.CancellationToken) is var read and > 0)
        {
            buffer.Advance(read);
            body.Hold(buffer.WrittenCount);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Reads a task to schedule.</summary>
    /// <param name="known">The fields that the body may have.</param>
    /// <exception cref="CommandRefusedException">The body is not a valid task.</exception>
    public static ScheduleTask ToTask(JsonBody body, BodyFields fields, BodyFields.Known known)
    {
        var unknown = fields.UnknownIn(body, known);
        ScheduleTask task;
        try
        {
            task = TaskBody.ToTask(body, mayHaveId: known == BodyFields.Task);
        }
        catch (CommandRefusedException refused) when (unknown is not null)
        {
            // The missing field may be there under another name.
            throw refused.Refusal.Code == ErrorCode.MissingRequiredFields
                ? new CommandRefusedException(refused.Refusal.Code, $"{refused.Refusal.Message} {unknown}")
                : new CommandRefusedException(ErrorCode.FieldFormat, unknown);
        }

        return unknown is null ? task : throw new CommandRefusedException(ErrorCode.FieldFormat, unknown);
    }

    /// <summary>Reads the tasks of a batch.</summary>
    /// <exception cref="CommandRefusedException">The body is not a valid batch. The message names the first bad task by its
    /// index.</exception>
    public static IReadOnlyList<ScheduleTask> ToTasks(JsonBody body, BodyFields fields)
    {
        fields.Check(body, BodyFields.Batch);
        return TaskBody.ToTasks(body, task => ToTask(task, fields, BodyFields.Task));
    }

    /// <summary>Reads a task to execute directly. The body may be empty.</summary>
    /// <exception cref="CommandRefusedException">The body is not a valid task.</exception>
    public static ScheduleTask ToDirect(ReadOnlyMemory<byte> bytes, string functionName, BodyFields fields)
    {
        ScheduleTask task = new() { FunctionName = functionName, Priority = 0 };
        if (!bytes.IsEmpty)
        {
            var body = JsonBody.Read(bytes.Span, """{"data":{"name":"world"}}""");
            fields.Check(body, BodyFields.Execution);
            task = task with { Data = body.Field("data", JsonValueKind.Object, "a JSON object") };
        }

        ScheduleRules.Check(task);
        return task;
    }

    private static async Task<MemoryStream> BufferAsync(HttpRequest request)
    {
        MemoryStream buffer = new();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        return buffer;
    }
}
