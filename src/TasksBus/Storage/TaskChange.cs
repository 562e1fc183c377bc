using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// One transition of one task, and all that is written with it: its place in the ready queue, its deadline, its events and its log.
/// The store applies all of it or nothing.
/// </summary>
public sealed class TaskChange
{
    /// <summary>The task after the transition.</summary>
    public required TaskRecord Task { get; init; }

    /// <summary>The version that the transition was computed from; null for a task that is new here.</summary>
    public required long? ExpectedVersion { get; init; }

    /// <summary>The worker that ran the task before the transition.</summary>
    public required Guid? WorkerBefore { get; init; }

    /// <summary>The task's place in the ready queue after the transition.</summary>
    public ReadyPlace Place { get; set; } = ReadyPlace.Unchanged;

    /// <summary>The deadline after the transition.</summary>
    public Deadline Deadline { get; set; } = Deadline.Unchanged;

    /// <summary>What to publish once the transition is committed.</summary>
    public List<OutgoingEvent> Events { get; } = [];

    /// <summary>The function's log, where the transition brings one.</summary>
    public string? Log { get; set; }

    /// <summary>Tasks inserted in the same transaction: the one that retries this one, or the rest of a batch. Their ids are fresh.</summary>
    public List<TaskChange> Inserts { get; } = [];

    /// <summary>Every task that the change writes.</summary>
    public IEnumerable<TaskRecord> Tasks => Inserts.Select(static insert => insert.Task).Prepend(Task);

    public bool IsInsert => ExpectedVersion is null;

    /// <summary>A claim is refused before the task is due, and for a worker that is not alive.</summary>
    public bool IsClaim => Task.Status == TaskStates.InProgress && WorkerBefore is null;
}

/// <summary>What a transition does to the task's place in the ready queue.</summary>
public readonly record struct ReadyPlace(ReadyPlaceKind Kind, TimeSpan After = default)
{
    public static readonly ReadyPlace Unchanged = new(ReadyPlaceKind.Unchanged);
    public static readonly ReadyPlace Removed = new(ReadyPlaceKind.Removed);

    /// <summary>Due at the task's start time.</summary>
    public static readonly ReadyPlace AtStart = new(ReadyPlaceKind.AtStart);

    /// <summary>Due when the interval has passed on the store's clock; the place in the order stays the task's own.</summary>
    public static ReadyPlace In(TimeSpan after) => new(ReadyPlaceKind.After, after);
}

public enum ReadyPlaceKind
{
    Unchanged,
    Removed,
    AtStart,
    After,
}

/// <summary>What a transition does to the task's deadline.</summary>
public readonly record struct Deadline(bool Changes, TimeSpan? After)
{
    public static readonly Deadline Unchanged;
    public static readonly Deadline Removed = new(true, null);

    /// <summary>The deadline passes when the interval has passed on the store's clock.</summary>
    public static Deadline In(TimeSpan after) => new(true, after);
}

/// <summary>An event to publish: the same message id each time it is sent.</summary>
public sealed record OutgoingEvent(Guid MessageId, string Type, string Body);

/// <summary>What became of a <see cref="TaskChange"/>.</summary>
public enum CommitOutcome
{
    Applied,

    /// <summary>The row changed since it was read, or the id is taken: nothing of the change was written.</summary>
    Conflict,

    /// <summary>A claim of a task that is not due, or by a worker that is not alive: nothing was written.</summary>
    Refused,
}
