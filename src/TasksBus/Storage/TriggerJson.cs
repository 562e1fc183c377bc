using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The JSON of triggers and events: as the API shows them, as actions are stored, and as tasks get their event.</summary>
public static class TriggerJson
{
    /// <summary>Writes an action. Absent fields are left out.</summary>
    public static void WriteAction(Utf8JsonWriter writer, TriggerAction action)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, action.Id.ToString());
        writer.WriteString("type"u8, "task"u8);
        writer.WriteOptional("name"u8, action.Name);
        writer.WriteOptional("description"u8, action.Description);
        writer.WriteString("functionName"u8, action.FunctionName);
        writer.WriteAsSent("data"u8, action.Data);
        writer.WriteTexts("tags"u8, action.Tags);
        if (action.StartTimestamp is { } start)
        {
            writer.WriteTime("startTimestamp"u8, start);
        }

        if (action.Delay is { } delay)
        {
            writer.WriteNumber("delay"u8, delay);
        }

        if (action.Priority is { } priority)
        {
            writer.WriteNumber("priority"u8, priority);
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads an action that <see cref="WriteAction"/> wrote.</summary>
    public static TriggerAction ReadAction(JsonElement action) => new()
    {
        Id = TaskId.Parse(action.GetProperty("id"u8).GetString()!),
        Name = Text(action, "name"),
        Description = Text(action, "description"),
        FunctionName = action.GetProperty("functionName"u8).GetString()!,
        Data = action.TryGetProperty("data"u8, out var data) ? data.GetRawText() : null,
        Tags = [.. action.GetProperty("tags"u8).EnumerateArray().Select(static tag => tag.GetString()!)],
        StartTimestamp = action.TryGetProperty("startTimestamp"u8, out var start) ? start.GetDateTimeOffset() : null,
        Delay = Number(action, "delay"),
        Priority = Number(action, "priority"),
    };

    /// <summary>Writes an event in the form of the API for events: in snake case, with times as milliseconds since 1970.</summary>
    public static void WriteEvent(Utf8JsonWriter writer, RaisedEvent raised)
    {
        var createdAt = raised.CreatedAt / 1_000;
        writer.WriteStartObject();
        writer.WriteString("id"u8, raised.Id.ToString());
        writer.WriteString("type"u8, raised.Type);
        writer.WriteAsSent("content"u8, raised.Content);
        writer.WriteNumber("depth"u8, raised.Depth);
        writer.WriteNumber("task_count"u8, raised.TaskCount);
        writer.WriteOptional("raised_by_task_id"u8, raised.RaisedByTaskId?.ToString());
        writer.WriteOptional("created_by_application_id"u8, raised.CreatedByApplicationId);
        writer.WriteOptional("created_by_user_id"u8, raised.CreatedByUserId);
        writer.WriteNumber("creation_timestamp"u8, createdAt);
        writer.WriteNumber("update_timestamp"u8, createdAt);
        writer.WriteEndObject();
    }

    /// <summary>Writes what a task gets of its event: id, type, content and creation_timestamp.</summary>
    public static void WriteTrigger(Utf8JsonWriter writer, RaisedEvent raised)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, raised.Id.ToString());
        writer.WriteString("type"u8, raised.Type);
        writer.WriteAsSent("content"u8, raised.Content);
        writer.WriteNumber("creation_timestamp"u8, raised.CreatedAt / 1_000);
        writer.WriteEndObject();
    }

    private static string? Text(JsonElement action, string name) =>
        action.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static long? Number(JsonElement action, string name) =>
        action.TryGetProperty(name, out var value) ? value.GetInt64() : null;
}
