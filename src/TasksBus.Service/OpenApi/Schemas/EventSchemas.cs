using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace TasksBus.Service.OpenApi.Schemas;

[Description("What happened. Fields may also be in camel case.")]
internal sealed record NewEventSchema
{
    [MinLength(1), MaxLength(255)]
    public required string Type { get; init; }

    [Description("At most 256 KB, nested at most 50 levels deep.")]
    public JsonObject? Content { get; init; }

    [Description("The task whose function raises the event. An event that is 10 triggers deep triggers nothing.")]
    [JsonPropertyName("raised_by_task_id")]
    public IdSchema? RaisedByTaskId { get; init; }
}

[Description("A document's transition. Fields may also be in snake case.")]
internal sealed record NewTransitionSchema
{
    [MinLength(1), MaxLength(255)]
    public required string SchemaId { get; init; }

    [MinLength(1), MaxLength(255)]
    public required string DocumentId { get; init; }

    [Description("Its name.")]
    public NameSchema? Transition { get; init; }

    [Description("At most 100 together with afterActions. Those of another type than task are left to the data service.")]
    [MaxLength(100)]
    public JsonObject[]? Actions { get; init; }

    [MaxLength(100)]
    public JsonObject[]? AfterActions { get; init; }

    [Description("The task whose function made the transition.")]
    public IdSchema? RaisedByTaskId { get; init; }
}

[Keywords("""
    {"examples":[{
      "id":"507f1f77bcf86cd799439011","type":"user_deleted","content":{"id":5},"depth":0,"task_count":1,
      "creation_timestamp":1632928627051,"update_timestamp":1632928627051}]}
    """)]
internal sealed record EventSchema
{
    public required IdSchema Id { get; init; }

    public required string Type { get; init; }

    [Description("As it was sent.")]
    public JsonObject Content { get; init; } = null!;

    [Description("How many triggers led to it, one after the other.")]
    public required CountSchema Depth { get; init; }

    [Description("How many tasks it triggered.")]
    [JsonPropertyName("task_count")]
    public required CountSchema TaskCount { get; init; }

    [JsonPropertyName("raised_by_task_id")]
    public IdSchema RaisedByTaskId { get; init; }

    [JsonPropertyName("created_by_application_id")]
    public IdSchema CreatedByApplicationId { get; init; }

    [JsonPropertyName("created_by_user_id")]
    public IdSchema CreatedByUserId { get; init; }

    [JsonPropertyName("creation_timestamp")]
    public required EpochSchema CreationTimestamp { get; init; }

    [JsonPropertyName("update_timestamp")]
    public required EpochSchema UpdateTimestamp { get; init; }
}

internal sealed record EventPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required EventSchema[] Data { get; init; }
}
