using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace TasksBus.Service.OpenApi.Schemas;

[Description("What becomes of ticks that were missed: none makes a task, the latest does, or all do, at most the latest 100.")]
internal enum CatchUpSchema
{
    Skip,
    One,
    All,
}

[Description("skip: a tick makes no task while the task of the tick before, or its retry, has not ended.")]
internal enum OverlapSchema
{
    Allow,
    Skip,
}

[Description(
    "What to run and when: interval or cron, one of the two. Fields that are null count as left out; unknown ones are refused with code "
    + "15, "
    + "unless the server has TasksBus:UnknownFields=ignore.")]
internal sealed record NewScheduleSchema
{
    [Description("The function's name, name:qualifier or ARN.")]
    [MinLength(1), MaxLength(170), RegularExpression("^[A-Za-z0-9_.:/$-]+$")]
    public required string FunctionName { get; init; }

    [Description("Seconds from tick to tick, counted in UTC from startTimestamp.")]
    [Range(typeof(long), "1", "3153600000")]
    public long? Interval { get; init; }

    [Description("Five fields: minute, hour, day of month, month, day of week; or six, with the second before them.")]
    [Keywords("""{"examples":["0 8 * * MON-FRI"]}""")]
    public string? Cron { get; init; }

    [Description("The IANA name of the zone that cron follows. Default: UTC.")]
    [Keywords("""{"examples":["Europe/Brussels"]}""")]
    public string? TimeZone { get; init; }

    [Description(
        "ISO 8601; without an offset it is UTC. An interval's first tick; of a cron expression nothing before it counts. Default: now.")]
    [Keywords("""{"examples":["2030-01-01T00:00:00Z"]}""")]
    public string? StartTimestamp { get; init; }

    [Description("The input of each task.")]
    public JsonObject? Data { get; init; }

    [Description("Of each task. Default: that of the function at each tick.")]
    [Range(typeof(long), "-9007199254740991", "9007199254740991")]
    public long? Priority { get; init; }

    [Description("Of each task.")]
    [MaxLength(100)]
    public TagSchema[]? Tags { get; init; }

    public CatchUpSchema CatchUp { get; init; }

    public OverlapSchema Overlap { get; init; }
}

[Keywords("""
    {"examples":[{
      "id":"507f1f77bcf86cd799439011","interval":3600,"functionName":"hello","tags":[],
      "startTimestamp":"2021-09-29T15:17:07.051Z","nextTimestamp":"2021-09-29T16:17:07.051Z",
      "catchUp":"one","overlap":"allow","paused":false,
      "creationTimestamp":"2021-09-29T15:17:07.051Z","updateTimestamp":"2021-09-29T15:17:07.051Z"}]}
    """)]
internal sealed record ScheduleSchema
{
    public required IdSchema Id { get; init; }

    public long Interval { get; init; }

    public string Cron { get; init; } = null!;

    public string TimeZone { get; init; } = null!;

    public required string FunctionName { get; init; }

    [Description("As it was sent.")]
    public JsonObject Data { get; init; } = null!;

    public PrioritySchema Priority { get; init; }

    public required string[] Tags { get; init; }

    public required TimestampSchema StartTimestamp { get; init; }

    public TimestampSchema NextTimestamp { get; init; }

    public required CatchUpSchema CatchUp { get; init; }

    public required OverlapSchema Overlap { get; init; }

    public required bool Paused { get; init; }

    [Description("Why the server paused it: its ticks cannot be computed. Absent where somebody paused it.")]
    public string PauseReason { get; init; } = null!;

    public IdSchema LastTaskId { get; init; }

    public IdSchema CreatedByApplicationId { get; init; }

    public IdSchema CreatedByUserId { get; init; }

    public required TimestampSchema CreationTimestamp { get; init; }

    public required TimestampSchema UpdateTimestamp { get; init; }
}

internal sealed record SchedulePageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required ScheduleSchema[] Data { get; init; }
}
