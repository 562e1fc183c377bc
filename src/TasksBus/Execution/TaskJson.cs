using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>A task in its public shape: what the API answers, and the event that a function gets. Absent fields are left out.</summary>
public static class TaskJson
{
    /// <summary>For answers and events: a task's input is written as it was sent, whatever a writer thinks of it.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A thread keeps its writer for the next task, unless its buffer has grown beyond this, in bytes.</summary>
    private const int LargestKept = 64 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? t_kept;

    public static byte[] ToBytes(TaskRecord task)
    {
        var (buffer, writer) = t_kept ?? New();
        // What breaks off half way leaves nothing for the next task to find.
        t_kept = null;
        Write(writer, task);
        writer.Flush();
        var bytes = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity <= LargestKept)
        {
            buffer.ResetWrittenCount();
            writer.Reset();
            t_kept = (buffer, writer);
        }

        return bytes;

        static (ArrayBufferWriter<byte>, Utf8JsonWriter) New()
        {
            var buffer = new ArrayBufferWriter<byte>(1_024);
            return (buffer, new Utf8JsonWriter(buffer, WriterOptions));
        }
    }

    public static void Write(Utf8JsonWriter writer, TaskRecord task) => Write(writer, task, withInput: true);

    /// <summary>For a list that does not show inputs.</summary>
    public static void WriteWithoutInput(Utf8JsonWriter writer, TaskRecord task) => Write(writer, task, withInput: false);

    private static void Write(Utf8JsonWriter writer, TaskRecord task, bool withInput)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, task.Id.ToString());
        writer.WriteString("status"u8, task.Status);
        writer.WriteTime("statusChangedTimestamp"u8, task.StatusChangedTimestamp);
        writer.WriteString("functionName"u8, task.FunctionName);
        if (withInput && task.Data is { } data)
        {
            // The text that was sent: large numbers, the case of keys and their order are the publisher's.
            writer.WritePropertyName("data"u8);
            writer.WriteRawValue(data, skipInputValidation: true);
        }

        writer.WriteTime("startTimestamp"u8, task.StartTimestamp!.Value);
        writer.WriteStartArray("tags"u8);
        foreach (var tag in task.Tags)
        {
            writer.WriteStringValue(tag);
        }

        writer.WriteEndArray();
        writer.WriteNumber("priority"u8, task.Priority);
        writer.WriteTime("creationTimestamp"u8, task.CreationTimestamp);
        writer.WriteTime("updateTimestamp"u8, task.UpdateTimestamp);
        writer.WriteOptional("createdByApplicationId"u8, task.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, task.CreatedByUserId);
        if (task.Error is { } error)
        {
            writer.WriteStartObject("error"u8);
            writer.WriteString("type"u8, error.Type);
            writer.WriteString("name"u8, error.Name);
            writer.WriteString("message"u8, error.Message);
            writer.WriteEndObject();
        }

        writer.WriteOptional("retriedByTaskId"u8, task.RetriedByTaskId?.ToString());
        if (task.RetryForTaskIds.Count > 0)
        {
            writer.WriteStartArray("retryForTaskIds"u8);
            foreach (var id in task.RetryForTaskIds)
            {
                writer.WriteStringValue(id.ToString());
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    public static void WriteOptional(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
