using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Parts;

/// <summary>The fields of the form that schedules a task. They become the body that the HTTP API takes, and so have its rules.</summary>
internal sealed class TaskFields
{
    /// <summary>The longest data that the form takes, in characters. Larger ones come over HTTP.</summary>
    public const int MaxData = 250_000;

    public string Function { get; set; } = "";

    public string Data { get; set; } = "";

    public string Priority { get; set; } = "";

    /// <summary>Joined by ','.</summary>
    public string Tags { get; set; } = "";

    public string Reference { get; set; } = "";

    /// <summary>A task whose tags and reference stay as they are, unless their texts are changed.</summary>
    private TaskRecord? Original { get; init; }

    /// <summary>The fields of a task like another one.</summary>
    /// <exception cref="CommandRefusedException">Its data is too large for the form.</exception>
    public static TaskFields Like(TaskRecord task) => task.Data?.Length > MaxData
        ? throw new CommandRefusedException(
            ErrorCode.DataTooLarge, $"The task's data has more than {MaxData:N0} characters, so it is not changed here. Use the HTTP API.")
        : new()
        {
            Function = task.FunctionName,
            Data = task.Data is { } data ? Words.Pretty(data) : "",
            Priority = task.Priority.ToString(CultureInfo.InvariantCulture),
            Tags = TextOf(task.Tags),
            Reference = task.Reference ?? "",
            Original = task,
        };

    /// <exception cref="CommandRefusedException">The fields are not a valid task. The message is that of the HTTP API.</exception>
    public ScheduleTask ToTask(DateTimeOffset? start)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("functionName"u8, Function.Trim());
            if (Data.Trim() is { Length: > 0 } data)
            {
                writer.WritePropertyName("data"u8);
                writer.WriteRawValue(Checked(data), skipInputValidation: true);
            }

            if (start is { } time)
            {
                writer.WriteTime("startTimestamp"u8, time);
            }

            if (Priority.Trim() is { Length: > 0 } priority)
            {
                WritePriority(writer, priority);
            }

            // Tags of a task may hold commas and blanks, which the text of the form cannot tell apart.
            writer.WriteTexts(
                "tags"u8, Original is { } like && Tags == TextOf(like.Tags) ? like.Tags
                    : Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            var reference = Original is { Reference: { } its } && its == Reference ? its : Reference.Trim();
            writer.WriteOptional("reference"u8, reference.Length > 0 ? reference : null);
            writer.WriteEndObject();
        }

        return TaskBody.ToTask(JsonBody.Read(buffer.WrittenSpan, """{"functionName":"hello"}"""), mayHaveId: false);
    }

    private static string TextOf(IEnumerable<string> tags) => string.Join(", ", tags);

    /// <summary>What is no whole number is sent as a text, and refused as one.</summary>
    private static void WritePriority(Utf8JsonWriter writer, string priority)
    {
        if (long.TryParse(priority, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            writer.WriteNumber("priority"u8, number);
        }
        else
        {
            writer.WriteString("priority"u8, priority);
        }
    }

    private static string Checked(string data)
    {
        try
        {
            JsonElement.Parse(Encoding.UTF8.GetBytes(data));
            return data;
        }
        catch (JsonException exception)
        {
            throw new CommandRefusedException(ErrorCode.FieldFormat, $"data must be a JSON object. It is not JSON: {exception.Message}");
        }
    }
}
