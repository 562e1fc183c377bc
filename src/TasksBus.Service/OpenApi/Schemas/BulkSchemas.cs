using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace TasksBus.Service.OpenApi.Schemas;

[Description("cancel: tasks that are new. rerun: makes a new task like each task that is complete, failed or canceled, and no retry has "
    + "taken its place.")]
[Keywords("""{"type":"string","enum":["cancel","rerun"]}""")]
internal readonly struct BulkActionSchema;

[Description("What to do with which tasks.")]
internal sealed record NewBulkOperationSchema
{
    public required BulkActionSchema Action { get; init; }

    [Description("Conditions in RQL, as in the query string of the list of tasks: at least one, without sort, limit and select. Tasks in a "
        + "status that the action does not take are left out.")]
    [MinLength(1), MaxLength(20_000)]
    public required string Query { get; init; }

    [Description("For a rerun: the priority of the new tasks. Default: that of each original.")]
    [Range(typeof(long), "-9007199254740991", "9007199254740991")]
    public long? Priority { get; init; }

    [Description("True to only count the tasks.")]
    public bool? DryRun { get; init; }

    [Description("An id of the caller's choice. The same call again, with the same id, answers the operation that the first one made.")]
    public IdSchema? Id { get; init; }
}

internal sealed record StoppedSchema
{
    [Description("0 when it had ended before.")]
    [Range(0, 1)]
    public required int AffectedRecords { get; init; }
}

[Keywords("""
    {"examples":[{
      "id":"507f1f77bcf86cd799439011","action":"rerun","query":"eq(status,failed)&eq(functionName,hello)","status":"inProgress",
      "progress":0.25,"matching":4000,"affected":1000,"skipped":0,"refused":0,
      "creationTimestamp":"2021-09-29T15:17:07.051Z","updateTimestamp":"2021-09-29T15:17:08.051Z"}]}
    """)]
internal sealed record BulkOperationSchema
{
    public IdSchema Id { get; init; }

    public required BulkActionSchema Action { get; init; }

    [Description("As it was sent.")]
    public required string Query { get; init; }

    public PrioritySchema Priority { get; init; }

    [Keywords("""{"type":"string","enum":["inProgress","complete","stopped"]}""")]
    public string Status { get; init; } = null!;

    [Description("The part of the stored tasks that it has looked at.")]
    [Range(0.0, 1.0)]
    public double Progress { get; init; }

    [Description("How many tasks matched when it was made. Missing when they could not be counted within 10 seconds.")]
    public long Matching { get; init; }

    [Description("How many tasks it has canceled, or has made by rerunning others.")]
    public long Affected { get; init; }

    [Description("How many tasks had started or ended before it came to cancel them.")]
    public long Skipped { get; init; }

    [Description("How many tasks it did not rerun, because their function is not registered any more.")]
    public long Refused { get; init; }

    [Description("Why it refused the last of them, or why it cannot go on.")]
    public string Reason { get; init; } = null!;

    public IdSchema CreatedByApplicationId { get; init; }

    public IdSchema CreatedByUserId { get; init; }

    public TimestampSchema CreationTimestamp { get; init; }

    public TimestampSchema UpdateTimestamp { get; init; }
}

internal sealed record BulkOperationPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required BulkOperationSchema[] Data { get; init; }
}
