using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>One action on all the tasks that a query finds.</summary>
internal sealed class BulkOperationRow : IRecordRow
{
    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string Action { get; set; } = "";
    public string Query { get; set; } = "";
    public long? Priority { get; set; }
    public string Status { get; set; } = "";
    public long UpTo { get; set; }
    public long Reached { get; set; }
    public long? Matching { get; set; }
    public long Affected { get; set; }
    public long Skipped { get; set; }
    public long Refused { get; set; }
    public string? Reason { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }
    public long UpdatedAt { get; set; }

    public static BulkOperationRow Of(StoredBulkOperation operation) => new()
    {
        Id = operation.Id.ToString(),
        Action = operation.Action,
        Query = operation.Query,
        Priority = operation.Priority,
        Status = operation.Status,
        UpTo = operation.UpTo,
        Reached = operation.Reached,
        Matching = operation.Matching,
        Affected = operation.Affected,
        Skipped = operation.Skipped,
        Refused = operation.Refused,
        Reason = operation.Reason,
        CreatedByUserId = operation.CreatedByUserId,
        CreatedByApplicationId = operation.CreatedByApplicationId,
        CreatedAt = operation.CreatedAt,
        UpdatedAt = operation.UpdatedAt,
    };

    public StoredBulkOperation ToOperation() => new()
    {
        Id = TaskId.Parse(Id),
        Action = Action,
        Query = Query,
        Priority = Priority,
        Status = Status,
        UpTo = UpTo,
        Reached = Reached,
        Matching = Matching,
        Affected = Affected,
        Skipped = Skipped,
        Refused = Refused,
        Reason = Reason,
        CreatedByUserId = CreatedByUserId,
        CreatedByApplicationId = CreatedByApplicationId,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
    };
}
