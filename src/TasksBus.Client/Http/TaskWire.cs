using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Client.Http;

/// <summary>Writes tasks as the server reads them, and reads those that it answers.</summary>
internal static class TaskWire
{
    private static readonly JsonSerializerOptions s_answers = JsonSerializerOptions.Web;

    /// <summary>The body that schedules a task.</summary>
    /// <param name="id">The task's id, whatever the task says.</param>
    public static ByteArrayContent BodyOf(ScheduleTask task, TaskId id) => Body(writer => Write(writer, task, id));

    /// <summary>The body that schedules tasks together.</summary>
    /// <param name="ids">An id for each task.</param>
    public static ByteArrayContent BodyOf(IReadOnlyList<ScheduleTask> tasks, TaskId[] ids) => Body(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("tasks"u8);
        for (var i = 0; i < ids.Length; i++)
        {
            Write(writer, tasks[i], ids[i]);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>Reads the task of an answer.</summary>
    /// <exception cref="JsonException">The answer is no task.</exception>
    public static TaskSnapshot ToTask(ReadOnlyMemory<byte> body) => Read<TaskSnapshot>(body) is var task && task.Id != default ? task
        : throw new JsonException("The answer has no id.");

    /// <summary>Reads the answer to a task that was sent.</summary>
    /// <returns>The task's id.</returns>
    /// <exception cref="JsonException">The answer does not say that the task is stored.</exception>
    public static TaskId ToStored(ReadOnlyMemory<byte> body, TaskId id) => Read<IdBody>(body).Id == id ? id
        : throw new JsonException("The answer does not have the task's id.");

    /// <summary>Reads the answer to tasks that were sent together.</summary>
    /// <returns>The ids, in the order of the tasks.</returns>
    /// <exception cref="JsonException">The answer does not say that each task is stored.</exception>
    public static IReadOnlyList<TaskId> ToStored(ReadOnlyMemory<byte> body, TaskId[] ids) =>
        Read<IdsBody>(body).Data is { } stored && stored.Select(static one => one?.Id).SequenceEqual(ids.Select(static id => (TaskId?)id))
            ? ids : throw new JsonException("The answer does not have the ids of the tasks.");

    /// <summary>Reads how much a call has changed.</summary>
    /// <exception cref="JsonException">The answer does not say that.</exception>
    public static bool IsAffected(ReadOnlyMemory<byte> body) => Read<AffectedBody>(body).AffectedRecords is { } records ? records > 0
        : throw new JsonException("The answer has no affectedRecords.");

    /// <summary>Reads a page of tasks.</summary>
    /// <exception cref="JsonException">The answer is no page.</exception>
    public static TaskList ToList(ReadOnlyMemory<byte> body) => Read<ListBody>(body) is { Page: { } page, Data: { } tasks }
        ? new(tasks, page.Total, page.Offset, page.Limit)
        : throw new JsonException("The answer has no page.");

    private static T Read<T>(ReadOnlyMemory<byte> body) =>
        JsonSerializer.Deserialize<T>(body.Span, s_answers) ?? throw new JsonException("The answer is null.");

    private static ByteArrayContent Body(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            write(writer);
        }

        return new(buffer.WrittenSpan.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private static void Write(Utf8JsonWriter writer, ScheduleTask task, TaskId id)
    {
        writer.WriteStartObject();
        writer.WriteString("taskId"u8, id.ToString());
        writer.WriteString("functionName"u8, task.FunctionName);
        if (task.Data is { } data)
        {
            writer.WritePropertyName("data"u8);
            // As it is: the writer would escape texts anew, and the input might grow beyond its limit.
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(data), skipInputValidation: true);
        }

        if (task.StartTimestamp is { } start)
        {
            writer.WriteString("startTimestamp"u8, start.UtcDateTime);
        }

        if (task.Priority is { } priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        if (task.Tags is { } tags)
        {
            writer.WriteStartArray("tags"u8);
            foreach (var tag in tags)
            {
                writer.WriteStringValue(tag);
            }

            writer.WriteEndArray();
        }

        if (task.Reference is { } reference)
        {
            writer.WriteString("reference"u8, reference);
        }

        if (task.Publisher is { } publisher)
        {
            writer.WriteString("publisher"u8, publisher);
        }

        writer.WriteEndObject();
    }

    private sealed record IdBody(TaskId? Id);

    private sealed record IdsBody(IReadOnlyList<IdBody?>? Data);

    private sealed record AffectedBody(long? AffectedRecords);

    private sealed record ListBody(PageBody? Page, IReadOnlyList<TaskSnapshot>? Data);

    private sealed record PageBody(long? Total, long Offset, int Limit);
}
