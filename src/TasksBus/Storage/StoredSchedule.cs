using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A schedule as it is stored, which makes a task at each of its ticks. Times are microseconds since 1970 in UTC.</summary>
public sealed record StoredSchedule
{
    /// <summary>The schedule's own id.</summary>
    public required TaskId Id { get; init; }

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; init; }

    /// <summary>Seconds from tick to tick. Null when there is a cron expression.</summary>
    public long? Interval { get; init; }

    /// <summary>A cron expression. Null when there is an interval.</summary>
    public string? Cron { get; init; }

    /// <summary>The time zone of the cron expression: an IANA name.</summary>
    public string? TimeZone { get; init; }

    /// <summary>No tick comes earlier.</summary>
    public long StartAt { get; init; }

    /// <summary>The next tick. Null while the schedule is paused, and when no tick is left.</summary>
    public long? NextAt { get; init; }

    /// <summary>What happens to missed ticks: <c>skip</c>, <c>one</c> or <c>all</c>.</summary>
    public required string CatchUp { get; init; }

    /// <summary>What a tick does while the task of the tick before has not ended: <c>allow</c> or <c>skip</c>.</summary>
    public required string Overlap { get; init; }

    /// <summary>True while the schedule makes no tasks.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Why the server paused the schedule. Null when its owner paused it, and while it ticks.</summary>
    public string? PauseReason { get; init; }

    /// <summary>
    /// The last task that was made. If ticks must not overlap and that task was removed for its age, it is one of its retries.
    /// </summary>
    public TaskId? LastTaskId { get; init; }

    /// <summary>The function that its tasks run.</summary>
    public required string FunctionName { get; init; }

    /// <summary>True when ticks make no tasks once the function is not managed here any more.</summary>
    public bool OnlyRegistered { get; init; }

    /// <summary>JSON, or null.</summary>
    public string? Data { get; init; }

    /// <summary>Null means the function's default priority.</summary>
    public long? Priority { get; init; }

    /// <summary>The tags of its tasks.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The user who made the schedule: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The application that made the schedule: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByApplicationId { get; init; }

    /// <summary>When the schedule was made.</summary>
    public long CreatedAt { get; init; }

    /// <summary>When somebody last changed the schedule. Ticks do not count.</summary>
    public long UpdatedAt { get; init; }

    /// <summary>A task like those of its ticks, which starts at once.</summary>
    public ScheduleTask ToTask() => new()
    {
        FunctionName = FunctionName,
        Data = Data is null ? null : JsonElement.Parse(Data),
        Priority = Priority,
        Tags = Tags,
    };
}
