using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// What the API calls a dispatcher, as it is stored: the actions that events of one type trigger. Times are microseconds since 1970 in UTC.
/// </summary>
public sealed record StoredTrigger
{
    /// <summary>The trigger's own id.</summary>
    public required TaskId Id { get; init; }

    /// <summary>Rises by one with each change.</summary>
    public long Version { get; init; }

    /// <summary>The type of the events that trigger the actions.</summary>
    public required string EventType { get; init; }

    /// <summary>A name that no other trigger has. Null when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>A description for people. Null when there is none.</summary>
    public string? Description { get; init; }

    /// <summary>Words by which the trigger can be found. Its tasks do not have them.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>What each event schedules, in this order.</summary>
    public IReadOnlyList<TriggerAction> Actions { get; init; } = [];

    /// <summary>The user who made the trigger: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The application that made the trigger: 24 hex digits, or null when unknown.</summary>
    public string? CreatedByApplicationId { get; init; }

    /// <summary>When the trigger was made.</summary>
    public long CreatedAt { get; init; }

    /// <summary>When somebody last changed the trigger.</summary>
    public long UpdatedAt { get; init; }
}

/// <param name="Total">How many triggers there are in all. Null when the query does not ask for it.</param>
/// <param name="Limit">Set when the page ends before its limit because its inputs would be too large: how many rows the page
/// covers.</param>
public sealed record TriggerPage(IReadOnlyList<StoredTrigger> Triggers, long? Total, int? Limit);
