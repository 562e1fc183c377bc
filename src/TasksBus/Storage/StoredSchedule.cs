using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A schedule as it is stored: makes a task at each of its ticks. Times are microseconds since 1970 in UTC.</summary>
public sealed record StoredSchedule
{
    public required TaskId Id { get; init; }

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; init; }

    /// <summary>Seconds from tick to tick; null where there is a cron expression.</summary>
    public long? Interval { get; init; }

    public string? Cron { get; init; }

    /// <summary>Where the cron expression is read: an IANA name.</summary>
    public string? TimeZone { get; init; }

    public long StartAt { get; init; }

    /// <summary>The tick that is next; null while the schedule is paused, and when there is none any more.</summary>
    public long? NextAt { get; init; }

    /// <summary>What becomes of ticks that were missed: <c>skip</c>, <c>one</c> or <c>all</c>.</summary>
    public required string CatchUp { get; init; }

    /// <summary>What a tick does while the task of the tick before has not ended: <c>allow</c> or <c>skip</c>.</summary>
    public required string Overlap { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>Why the server paused it; null where its owner did, and while it ticks.</summary>
    public string? PauseReason { get; init; }

    /// <summary>The last task that was made; where ticks must not overlap, one of its retries once that task was removed for its age.</summary>
    public TaskId? LastTaskId { get; init; }

    public required string FunctionName { get; init; }

    /// <summary>Whether its ticks make no tasks once the function is not managed here any more.</summary>
    public bool OnlyRegistered { get; init; }

    /// <summary>JSON, or null.</summary>
    public string? Data { get; init; }

    /// <summary>Null: the function's default priority.</summary>
    public long? Priority { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string? CreatedByUserId { get; init; }

    public string? CreatedByApplicationId { get; init; }

    public long CreatedAt { get; init; }

    /// <summary>When somebody changed it last; ticks do not count.</summary>
    public long UpdatedAt { get; init; }
}
