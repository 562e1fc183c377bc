using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>A schedule, which makes a task at each of its ticks.</summary>
internal sealed class ScheduleRow : IRecordRow
{
    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; set; }

    /// <summary>Seconds from tick to tick. Null when there is a cron expression.</summary>
    public long? Interval { get; set; }
    public string? Cron { get; set; }

    /// <summary>The time zone of the cron expression: an IANA name.</summary>
    public string? TimeZone { get; set; }
    public long StartAt { get; set; }

    /// <summary>The next tick. Null while the schedule is paused, and when no tick is left.</summary>
    public long? NextAt { get; set; }

    /// <summary>One of <c>skip</c>, <c>one</c> or <c>all</c>.</summary>
    public string CatchUp { get; set; } = "";

    /// <summary>One of <c>allow</c> or <c>skip</c>.</summary>
    public string Overlap { get; set; } = "";
    public bool IsPaused { get; set; }

    /// <summary>Why the server paused the schedule. Null when its owner paused it, and while it ticks.</summary>
    public string? PauseReason { get; set; }

    /// <summary>
    /// The last task that was made. If ticks must not overlap, and that task was retried and then removed for its age, the last of its
    /// retries.
    /// </summary>
    public string? LastTaskId { get; set; }
    public string FunctionName { get; set; } = "";

    /// <summary>True when ticks make no tasks once the function is not managed here any more.</summary>
    public bool OnlyRegistered { get; set; }
    public string? Data { get; set; }

    /// <summary>Null means the function's default priority.</summary>
    public long? Priority { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }

    /// <summary>When somebody last changed the schedule. Ticks do not count.</summary>
    public long UpdatedAt { get; set; }

    public static ScheduleRow Of(StoredSchedule schedule) => new()
    {
        Id = schedule.Id.ToString(),
        Version = schedule.Version,
        Interval = schedule.Interval,
        Cron = schedule.Cron,
        TimeZone = schedule.TimeZone,
        StartAt = schedule.StartAt,
        NextAt = schedule.NextAt,
        CatchUp = schedule.CatchUp,
        Overlap = schedule.Overlap,
        IsPaused = schedule.IsPaused,
        PauseReason = schedule.PauseReason,
        LastTaskId = schedule.LastTaskId?.ToString(),
        FunctionName = schedule.FunctionName,
        OnlyRegistered = schedule.OnlyRegistered,
        Data = schedule.Data,
        Priority = schedule.Priority,
        Tags = StoredTexts.Write(schedule.Tags),
        CreatedByUserId = schedule.CreatedByUserId,
        CreatedByApplicationId = schedule.CreatedByApplicationId,
        CreatedAt = schedule.CreatedAt,
        UpdatedAt = schedule.UpdatedAt,
    };

    public StoredSchedule ToSchedule() => new()
    {
        Id = TaskId.Parse(Id),
        Version = Version,
        Interval = Interval,
        Cron = Cron,
        TimeZone = TimeZone,
        StartAt = StartAt,
        NextAt = NextAt,
        CatchUp = CatchUp,
        Overlap = Overlap,
        IsPaused = IsPaused,
        PauseReason = PauseReason,
        LastTaskId = LastTaskId is null ? null : TaskId.Parse(LastTaskId),
        FunctionName = FunctionName,
        OnlyRegistered = OnlyRegistered,
        Data = Data,
        Priority = Priority,
        Tags = StoredTexts.Read(Tags),
        CreatedByUserId = CreatedByUserId,
        CreatedByApplicationId = CreatedByApplicationId,
        CreatedAt = CreatedAt,
        UpdatedAt = UpdatedAt,
    };
}
