using System.Buffers;
using System.Text.Json;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>Writes a task in its public form: the API's answer, and the event that a function gets. Absent fields are left out.</summary>
public static class TaskJson
{
    /// <summary>A thread keeps its writer for the next task, unless its buffer has grown beyond this size in bytes.</summary>
    private const int LargestKept = 64 * 1024;

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? t_kept;

    /// <summary>Returns the task's public JSON with its input, as UTF-8. The task must have been read with its input.</summary>
    public static byte[] ToBytes(TaskRecord task)
    {
        var (buffer, writer) = t_kept ?? New();
        // If writing fails half-way, nothing remains for the next task.
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
            return (buffer, new Utf8JsonWriter(buffer, JsonOutput.Fields));
        }
    }

    /// <summary>Writes the task's public JSON with its input. The task must have been read with its input.</summary>
    public static void Write(Utf8JsonWriter writer, TaskRecord task) => Write(writer, task, withInput: true);

    /// <summary>Writes a task for a list that does not show inputs.</summary>
    public static void WriteWithoutInput(Utf8JsonWriter writer, TaskRecord task) => Write(writer, task, withInput: false);

    private static void Write(Utf8JsonWriter writer, TaskRecord task, bool withInput)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, task.Id.ToString());
        writer.WriteString("status"u8, task.Status);
        writer.WriteTime("statusChangedTimestamp"u8, task.StatusChangedTimestamp);
        writer.WriteString("functionName"u8, task.FunctionName);
        writer.WriteAsSent("data"u8, withInput ? task.Data : null);
        writer.WriteTime("startTimestamp"u8, task.StartTimestamp!.Value);
        writer.WriteTexts("tags"u8, task.Tags);
        writer.WriteOptional("reference"u8, task.Reference);
        writer.WriteOptional("publisher"u8, task.Publisher);
        writer.WriteNumber("priority"u8, task.Priority);
        writer.WriteTime("creationTimestamp"u8, task.CreationTimestamp);
        writer.WriteTime("updateTimestamp"u8, task.UpdateTimestamp);
        writer.WriteOptional("createdByApplicationId"u8, task.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, task.CreatedByUserId);
        writer.WriteOptional("scheduleId"u8, task.ScheduleId?.ToString());
        writer.WriteOptional("eventId"u8, task.EventId?.ToString());
        writer.WriteError(task.Error);
        writer.WriteAsSent("result"u8, task.Result);
        if (task.IsResultDropped)
        {
            writer.WriteBoolean("isResultDropped"u8, true);
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
}
