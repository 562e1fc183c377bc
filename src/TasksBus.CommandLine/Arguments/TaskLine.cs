using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Tool.Arguments;

/// <summary>Reads a line of JSON as a task, or as the data of one.</summary>
internal static class TaskLine
{
    private static readonly string[] s_fields =
        ["functionName", "data", "startTimestamp", "priority", "tags", "reference", "publisher", "taskId", "idempotencyKey"];

    /// <summary>The task of a line.</summary>
    /// <param name="pattern">What the task has that the line does not say. With a function, the line is the data.</param>
    /// <exception cref="ToolException">The line is no such task.</exception>
    public static ScheduleTask Read(string line, ScheduleTask pattern)
    {
        var json = Parse(line);
        var task = pattern.FunctionName.Length > 0 ? pattern with { Data = json } : OfFields(json, pattern);
        return TaskRules.FaultOf(task) is { } fault ? throw ToolException.Usage(fault.Message) : task;
    }

    /// <summary>Reads the data of a task.</summary>
    /// <exception cref="ToolException">It is no JSON.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            throw ToolException.Usage(
                $"This is no JSON: character {exception.BytePositionInLine + 1} of line {exception.LineNumber + 1} does not fit. "
                    + """The data is an object such as {"name":"world"}; in a shell it stands in single quotes.""");
        }
    }

    private static ScheduleTask OfFields(JsonElement json, ScheduleTask pattern)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw ToolException.Usage("""A task is a JSON object such as {"functionName":"hello","data":{"name":"world"}}.""");
        }

        var task = pattern with { };
        foreach (var field in json.EnumerateObject())
        {
            try
            {
                Set(task, field);
            }
            catch (Exception exception) when (exception is InvalidOperationException or FormatException or JsonException)
            {
                throw ToolException.Usage($"{field.Name} has a value that it cannot have.");
            }
        }

        return task;
    }

    private static void Set(ScheduleTask task, JsonProperty field)
    {
        if (field.Value.ValueKind == JsonValueKind.Null && s_fields.Contains(field.Name))
        {
            return;
        }

        switch (field.Name)
        {
            case "functionName":
                task.FunctionName = field.Value.GetString()!;
                break;
            case "data":
                task.Data = field.Value;
                break;
            case "startTimestamp":
                task.StartTimestamp = UtcTimestampConverter.TryParse(field.Value.GetString(), out var start) ? start
                    : throw new FormatException();
                break;
            case "priority":
                task.Priority = field.Value.GetInt64();
                break;
            case "tags":
                task.Tags = [.. field.Value.EnumerateArray().Select(static tag => tag.GetString()!)];
                break;
            case "reference":
                task.Reference = field.Value.GetString();
                break;
            case "publisher":
                task.Publisher = field.Value.GetString();
                break;
            case "taskId":
                task.TaskId = field.Value.GetString();
                break;
            case "idempotencyKey":
                task.IdempotencyKey = field.Value.GetString();
                break;
            default:
                throw ToolException.Usage($"A task has no field '{field.Name}'. It may have: {string.Join(", ", s_fields)}.");
        }
    }
}
