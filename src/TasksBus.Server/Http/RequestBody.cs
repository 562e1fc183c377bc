using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Scheduling;

namespace TasksBus.Server.Http;

/// <summary>Reads the bodies of requests, by the rules that messages have too (<see cref="JsonBody"/>).</summary>
internal static class RequestBody
{
    /// <summary>A JSON object, or why the body is none.</summary>
    /// <param name="example">What a body may look like.</param>
    public static async Task<(JsonElement Body, Refusal? Refusal)> ReadAsync(HttpRequest request, string example = """{"functionName":"hello"}""")
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        return JsonBody.Read(bytes.Span, example);
    }

    /// <summary>A task to schedule, or why it is none.</summary>
    public static (ScheduleTask Task, Refusal? Refusal) ToTask(JsonElement body) => TaskBody.ToTask(body);

    /// <summary>The tasks of a batch, or why they are none; the message names the first bad one by its index.</summary>
    public static (IReadOnlyList<ScheduleTask> Tasks, Refusal? Refusal) ToTasks(JsonElement body) => TaskBody.ToTasks(body);

    /// <summary>A task to execute directly, or why it is none. The body may be empty.</summary>
    public static async Task<(ScheduleTask Task, Refusal? Refusal)> ReadDirectAsync(HttpRequest request, string functionName)
    {
        var (body, refusal) = await ReadAsync(request, """{"data":{"name":"world"}}""");
        if (refusal is not null && refusal.Code != ErrorCode.EmptyBody)
        {
            return (null!, refusal);
        }

        try
        {
            JsonElement? data = refusal is null ? JsonBody.Field(body, "data", JsonValueKind.Object, "a JSON object", ref refusal) : null;
            var task = new ScheduleTask { FunctionName = functionName, Data = data, Priority = 0 };
            return (task, refusal is null || refusal.Code == ErrorCode.EmptyBody ? ScheduleRules.Check(task) : refusal);
        }
        catch (InvalidOperationException)
        {
            return (null!, JsonBody.HalfPair);
        }
    }

    internal static JsonElement? Field(JsonElement body, string name, JsonValueKind kind, string form, ref Refusal? refusal) => JsonBody.Field(body, name, kind, form, ref refusal);

    internal static long? Integer(JsonElement body, string name, ref Refusal? refusal, string form = JsonBody.Integers) => JsonBody.WholeNumber(body, name, ref refusal, form);

    internal static List<string>? Strings(JsonElement body, string name, ref Refusal? refusal) => JsonBody.Strings(body, name, ref refusal);

    internal static Refusal Format(string name, string form, JsonElement value) => JsonBody.Format(name, form, value);
}
