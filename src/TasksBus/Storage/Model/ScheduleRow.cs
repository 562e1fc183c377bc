namespace TasksBus.Storage.Model;

/// <summary>A schedule: makes a task at each of its ticks.</summary>
public sealed class ScheduleRow
{
    /// <summary>24 hex digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; set; }

    /// <summary>Seconds from tick to tick; null where there is a cron expression.</summary>
    public long? Interval { get; set; }
    public string? Cron { get; set; }

    /// <summary>Where the cron expression is read: an IANA name.</summary>
    public string? TimeZone { get; set; }
    public long StartAt { get; set; }

    /// <summary>The tick that is next; null while the schedule is paused, and when there is none any more.</summary>
    public long? NextAt { get; set; }

    /// <summary>One of <see cref="CatchUp"/>.</summary>
    public string CatchUp { get; set; } = "";

    /// <summary>One of <see cref="Overlap"/>.</summary>
    public string Overlap { get; set; } = "";
    public bool IsPaused { get; set; }

    /// <summary>Why the server paused it; null where its owner did, and while it ticks.</summary>
    public string? PauseReason { get; set; }

    /// <summary>The last task that was made; where ticks must not overlap, one of its retries once that task was removed for its age.</summary>
    public string? LastTaskId { get; set; }
    public string FunctionName { get; set; } = "";

    /// <summary>Whether its ticks make no tasks once the function is not managed here any more.</summary>
    public bool OnlyRegistered { get; set; }
    public string? Data { get; set; }

    /// <summary>Null: the function's default priority.</summary>
    public long? Priority { get; set; }

    /// <summary>A JSON array of strings, or null.</summary>
    public string? Tags { get; set; }
    public string? CreatedByUserId { get; set; }
    public string? CreatedByApplicationId { get; set; }
    public long CreatedAt { get; set; }

    /// <summary>When somebody changed it last; ticks do not count.</summary>
    public long UpdatedAt { get; set; }
}

/// <summary>What becomes of ticks that were missed: what <see cref="ScheduleRow.CatchUp"/> can be.</summary>
public static class CatchUp
{
    /// <summary>Nothing.</summary>
    public const string Skip = "skip";

    /// <summary>The latest makes a task.</summary>
    public const string One = "one";

    /// <summary>Each makes a task, up to a limit.</summary>
    public const string All = "all";

    public static readonly IReadOnlyList<string> Names = [Skip, One, All];
}

/// <summary>What a tick does while the task of the tick before has not ended: what <see cref="ScheduleRow.Overlap"/> can be.</summary>
public static class Overlap
{
    /// <summary>It makes a task.</summary>
    public const string Allow = "allow";

    /// <summary>It makes none.</summary>
    public const string Skip = "skip";

    public static readonly IReadOnlyList<string> Names = [Allow, Skip];
}
