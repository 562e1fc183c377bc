using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>What an event schedules: a task.</summary>
public sealed record TriggerAction
{
    /// <summary>The action's own id. The ids of its tasks derive from it and from the event's.</summary>
    public required TaskId Id { get; init; }

    /// <summary>A name for people. Null when there is none.</summary>
    public string? Name { get; init; }

    /// <summary>A description for people. Null when there is none.</summary>
    public string? Description { get; init; }

    /// <summary>The function that its tasks run.</summary>
    public required string FunctionName { get; init; }

    /// <summary>The input as the JSON text that was sent, or null. Each task gets it with the event.</summary>
    public string? Data { get; init; }

    /// <summary>The tags of its tasks.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Its tasks start no earlier. Null means when the event occurs, or after the delay.</summary>
    public DateTimeOffset? StartTimestamp { get; init; }

    /// <summary>The seconds between the event and the start of a task. Null when there is none.</summary>
    public long? Delay { get; init; }

    /// <summary>Null means the function's default priority at each event.</summary>
    public long? Priority { get; init; }
}
