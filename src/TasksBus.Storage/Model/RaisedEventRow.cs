using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>An event that was raised. It is written once, with its tasks.</summary>
internal sealed class RaisedEventRow : IRecordRow
{
    public long Number { get; set; }

    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";
    public string Type { get; set; } = "";
    public string? Content { get; set; }
    public int Depth { get; set; }
    public int TaskCount { get; set; }
    public string? RaisedByTaskId { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }

    public RaisedEvent ToEvent() => new(TaskId.Parse(Id), Type, CreatedAt)
    {
        Content = Content,
        Depth = Depth,
        TaskCount = TaskCount,
        RaisedByTaskId = RaisedByTaskId is null ? null : TaskId.Parse(RaisedByTaskId),
        CreatedByUserId = CreatedByUserId,
        CreatedByApplicationId = CreatedByApplicationId,
    };
}
