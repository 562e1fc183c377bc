using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// One transition of one task, and everything that is written with it: the task's new state, its events and its log. The store applies all
/// of it or nothing.
/// </summary>
public sealed class TaskChange
{
    /// <summary>The task after the transition.</summary>
    public required TaskRecord Task { get; init; }

    /// <summary>The version from which the transition was computed. Null for a task that is new here.</summary>
    public required long? ExpectedVersion { get; init; }

    /// <summary>The worker that ran the task before the transition. Null when it did not run.</summary>
    public required Guid? WorkerBefore { get; init; }

    /// <summary>
    /// For a task that waits afterwards: it is due when the interval has passed on the store's clock. Null means at its start time.
    /// </summary>
    public TimeSpan? DueAfter { get; init; }

    /// <summary>For a task that waits for its next try: why its function did not run.</summary>
    public TaskError? NotRun { get; init; }

    /// <summary>For a task that runs afterwards: its deadline comes when the interval has passed on the store's clock.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// The functions from which the transition was computed (<see cref="FunctionPolicies.Revision"/>). Null when they do not matter.
    /// </summary>
    public Guid? FunctionsRevision { get; init; }

    /// <summary>
    /// The schedule whose tick makes the task. It is moved on in the same statement, and the task is stored only if that succeeds.
    /// </summary>
    public ScheduleAdvance? Advance { get; init; }

    /// <summary>
    /// The row of the inbox from which the task comes. It is deleted in the same statement, and the task is stored only if the row is still
    /// there.
    /// </summary>
    public long? InboxPosition { get; init; }

    /// <summary>
    /// The event that makes the task and those that are inserted with it. It is inserted in the same statement, and the tasks are stored
    /// only if it was not known.
    /// </summary>
    public RaisedEvent? Raised { get; init; }

    /// <summary>What to publish once the transition is committed.</summary>
    public List<OutgoingEvent> Events { get; } = [];

    /// <summary>The function's log, if the transition brings one.</summary>
    public string? Log { get; init; }

    /// <summary>Lambda's id of the invocation, if the transition brings one.</summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// True when something is stored as the task's log: what the function printed, its result, or for a failure without a log the id that
    /// finds it in Lambda's logs.
    /// </summary>
    public bool HasLog => To == TaskPlace.Finished && (
        Log is { Length: > 0 } || RequestIdOfLog is not null || Task.Result is not null || Task.IsResultDropped);

    /// <summary>The id that is stored with the log. A function that returned without a word needs none.</summary>
    public string? RequestIdOfLog => Log is { Length: > 0 } || Task.Error is not null ? RequestId : null;

    /// <summary>
    /// Tasks that are inserted in the same transaction: the one that retries this one, whose input the store copies, or the rest of a
    /// batch. Their ids are new.
    /// </summary>
    public List<TaskChange> Inserts { get; } = [];

    /// <summary>Every task that the change writes.</summary>
    public IEnumerable<TaskRecord> Tasks => Inserts.Select(static insert => insert.Task).Prepend(Task);

    /// <summary>The table of the task's state before the change.</summary>
    public TaskPlace From => ExpectedVersion is null ? TaskPlace.None : WorkerBefore is null ? TaskPlace.Waiting : TaskPlace.Running;

    /// <summary>The table of the task's state after the change.</summary>
    public TaskPlace To => Task.Status switch
    {
        TaskStates.New => TaskPlace.Waiting,
        TaskStates.InProgress => TaskPlace.Running,
        _ => TaskPlace.Finished,
    };

    /// <summary>True when the change makes the task.</summary>
    public bool IsInsert => From == TaskPlace.None;

    /// <summary>A claim is refused before the task is due, and for a worker that is not alive.</summary>
    public bool IsClaim => From == TaskPlace.Waiting && To == TaskPlace.Running;

    /// <summary>
    /// How long the task waited from when it was due, once a claim is stored. Null for other changes, and for a task that came back: when
    /// its next try was due is not known any more.
    /// </summary>
    public TimeSpan? StartDelay => !IsClaim || Task.NotRunCount > 0 ? null
        : TimeSpan.FromTicks(Math.Max(0, (Task.StatusChangedTimestamp - Task.DueTimestamp).Ticks));

    /// <summary>If the change is what is stored, takes over the values that the store gave: numbers, versions and times.</summary>
    /// <returns>True when the change is what is stored.</returns>
    public bool TryAdopt(IReadOnlyDictionary<TaskId, TaskRecord> stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!IsIn(stored))
        {
            return false;
        }

        foreach (var task in Tasks)
        {
            var now = stored[task.Id];
            (task.Number, task.StartTimestamp, task.Version) = (now.Number, now.StartTimestamp, now.Version);
            (task.CreationTimestamp, task.UpdateTimestamp, task.StatusChangedTimestamp) =
                (now.CreationTimestamp, now.UpdateTimestamp, now.StatusChangedTimestamp);
        }

        return true;
    }

    private bool IsIn(IReadOnlyDictionary<TaskId, TaskRecord> stored) =>
        stored.TryGetValue(Task.Id, out var now)
        && now.Version == (ExpectedVersion ?? -1) + 1
        && now.Status == Task.Status
        && now.ClaimId == Task.ClaimId
        && Inserts.All(insert => stored.ContainsKey(insert.Task.Id));
}
