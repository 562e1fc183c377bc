using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>The actions that events of one type trigger.</summary>
internal sealed class TriggerRow : IRecordRow
{
    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; set; }
    public string EventType { get; set; } = "";
    public string? Name { get; set; }
    public string? Description { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }

    /// <summary>A JSON array of actions, as the API shows them.</summary>
    public string Actions { get; set; } = "[]";
    public int ActionCount { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }
    public long UpdatedAt { get; set; }

    public static TriggerRow Of(StoredTrigger trigger) => new()
    {
        Id = trigger.Id.ToString(),
        Version = trigger.Version,
        EventType = trigger.EventType,
        Name = trigger.Name,
        Description = trigger.Description,
        Tags = StoredTexts.Write(trigger.Tags),
        Actions = TriggerActions.Write(trigger.Actions),
        ActionCount = trigger.Actions.Count,
        CreatedByUserId = trigger.CreatedByUserId,
        CreatedByApplicationId = trigger.CreatedByApplicationId,
        CreatedAt = trigger.CreatedAt,
        UpdatedAt = trigger.UpdatedAt,
    };

    public StoredTrigger ToTrigger() => new()
    {
        Id = TaskId.Parse(Id),
        Version = Version,
        EventType = EventType,
        Name = Name,
        Description = Description,
        Tags = StoredTexts.Read(Tags),
        Actions = TriggerActions.Read(Actions),
        CreatedByUserId = CreatedByUserId,
        CreatedByApplicationId = CreatedByApplicationId,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
    };
}

/// <summary>The stored form of actions.</summary>
internal static class TriggerActions
{
    public static string Write(IReadOnlyList<TriggerAction> actions) => System.Text.Encoding.UTF8.GetString(JsonOutput.ToBytes(writer =>
    {
        writer.WriteStartArray();
        foreach (var action in actions)
        {
            TriggerJson.WriteAction(writer, action);
        }

        writer.WriteEndArray();
    }).Span);

    public static IReadOnlyList<TriggerAction> Read(string json) =>
        [.. JsonElement.Parse(json).EnumerateArray().Select(TriggerJson.ReadAction)];
}
