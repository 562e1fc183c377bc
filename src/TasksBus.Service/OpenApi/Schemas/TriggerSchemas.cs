using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace TasksBus.Service.OpenApi.Schemas;

[Keywords("""{"type":"string","const":"task"}""")]
internal readonly struct TaskActionTypeSchema;

[Description("Seconds between the event and the start of the task, instead of a start time.")]
[Keywords("""{"type":"integer","minimum":0,"maximum":3153600000}""")]
internal readonly struct DelaySchema;

[Keywords("""{"type":"string","minLength":1,"maxLength":255}""")]
internal readonly struct NameSchema;

[Keywords("""{"type":"string","maxLength":4096}""")]
internal readonly struct DescriptionSchema;

[Description("Milliseconds since 1970.")]
[Keywords("""{"type":"integer","minimum":0,"examples":[1632928627051]}""")]
internal readonly struct EpochSchema;

[Description("What an event schedules: a task. Actions of mails are refused with code 15.")]
internal sealed record NewActionSchema
{
    public required TaskActionTypeSchema Type { get; init; }

    public NameSchema? Name { get; init; }

    public DescriptionSchema? Description { get; init; }

    [Description("The function's name, name:qualifier or ARN.")]
    [MinLength(1), MaxLength(170), RegularExpression("^[A-Za-z0-9_.:/$-]+$")]
    public required string FunctionName { get; init; }

    [Description("The input of each task, at most 1 MB. The task gets it with the event as `event`, which replaces a field of that name.")]
    public JsonObject? Data { get; init; }

    [Description("Of each task.")]
    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }

    [Description("ISO 8601; without an offset it is UTC. Tasks start no earlier. Default: when the event is raised.")]
    [Keywords("""{"examples":["2030-01-01T00:00:00Z"]}""")]
    public string? StartTimestamp { get; init; }

    public DelaySchema? Delay { get; init; }

    [Description("Of each task. Default: that of the function at each event.")]
    [Range(typeof(long), "-9007199254740991", "9007199254740991")]
    public long? Priority { get; init; }
}

[Description("What changes in an action. What is left out stays.")]
internal sealed record ActionUpdateSchema
{
    public TaskActionTypeSchema? Type { get; init; }

    public NameSchema? Name { get; init; }

    public DescriptionSchema? Description { get; init; }

    [MinLength(1), MaxLength(170), RegularExpression("^[A-Za-z0-9_.:/$-]+$")]
    public string? FunctionName { get; init; }

    public JsonObject? Data { get; init; }

    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }

    [Keywords("""{"examples":["2030-01-01T00:00:00Z"]}""")]
    public string? StartTimestamp { get; init; }

    public DelaySchema? Delay { get; init; }

    [Range(typeof(long), "-9007199254740991", "9007199254740991")]
    public long? Priority { get; init; }
}

[Keywords("""{"examples":[{"id":"507f1f77bcf86cd799439012","type":"task","functionName":"hello","tags":[],"delay":60}]}""")]
internal sealed record ActionSchema
{
    public required IdSchema Id { get; init; }

    public required TaskActionTypeSchema Type { get; init; }

    public string Name { get; init; } = null!;

    public string Description { get; init; } = null!;

    public required string FunctionName { get; init; }

    [Description("As it was sent.")]
    public JsonObject Data { get; init; } = null!;

    public required string[] Tags { get; init; }

    public TimestampSchema StartTimestamp { get; init; }

    public DelaySchema Delay { get; init; }

    public PrioritySchema Priority { get; init; }
}

[Description("Which events schedule which tasks. Fields that are null count as left out.")]
internal sealed record NewDispatcherSchema
{
    [Description("The type of the events.")]
    [MinLength(1), MaxLength(255)]
    public required string EventType { get; init; }

    [Description("A name that no other dispatcher has.")]
    public NameSchema? Name { get; init; }

    public DescriptionSchema? Description { get; init; }

    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }

    [Description("All dispatchers for one type of events may have 1,000 together.")]
    [MaxLength(100)]
    public required NewActionSchema[] Actions { get; init; }
}

[Description("What changes in a dispatcher. What is left out stays.")]
internal sealed record DispatcherUpdateSchema
{
    [MinLength(1), MaxLength(255)]
    public string? EventType { get; init; }

    public NameSchema? Name { get; init; }

    public DescriptionSchema? Description { get; init; }

    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }
}

[Keywords("""
    {"examples":[{
      "id":"507f1f77bcf86cd799439011","eventType":"user_deleted","tags":[],
      "actions":[{"id":"507f1f77bcf86cd799439012","type":"task","functionName":"hello","tags":[]}],
      "creationTimestamp":"2021-09-29T15:17:07.051Z","updateTimestamp":"2021-09-29T15:17:07.051Z"}]}
    """)]
internal sealed record EventDispatcherSchema
{
    public required IdSchema Id { get; init; }

    public required string EventType { get; init; }

    public string Name { get; init; } = null!;

    public string Description { get; init; } = null!;

    public required string[] Tags { get; init; }

    public required ActionSchema[] Actions { get; init; }

    public IdSchema CreatedByApplicationId { get; init; }

    public IdSchema CreatedByUserId { get; init; }

    public required TimestampSchema CreationTimestamp { get; init; }

    public required TimestampSchema UpdateTimestamp { get; init; }
}

internal sealed record EventDispatcherPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required EventDispatcherSchema[] Data { get; init; }
}
