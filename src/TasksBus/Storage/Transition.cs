using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>One step of one task that waits for its batch.</summary>
/// <param name="id">The task.</param>
/// <param name="apply">Computes the change from the current task (null when it is unknown), without I/O. Returns null when nothing changes.
/// It is called again after a lost race.</param>
internal sealed class Transition(TaskId id, Func<TaskRecord?, ValueTask<TaskChange?>> apply)
{
    private readonly TaskCompletionSource<TransitionResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<TaskChange?>? _prepared;
    private IntakeRoom? _room;

    /// <summary>The task.</summary>
    public TaskId Id { get; } = id;

    /// <summary>The task as the caller last saw it, which saves a read. It is dropped when the race for it is lost.</summary>
    public TaskRecord? Known { get; set; }

    /// <summary>
    /// True when the step makes a task. The task counts as unknown until its insert finds a known one, which saves a read.
    /// </summary>
    public bool AssumesNew { get; init; }

    /// <summary>How many tasks the step stores.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>The size of the data that the step stores and that callers may make large: inputs and tags, in bytes.</summary>
    public int DataLength { get; init; }

    /// <summary>True when a read for the step must include the task's input.</summary>
    public bool NeedsInput { get; init; }

    /// <summary>Canceled when nobody waits for the step any more. A step that is not under way by then is not taken.</summary>
    public CancellationToken Caller { get; init; }

    /// <summary>
    /// How often the step was tried in vain: it lost a race, or another transaction held its task. A commit of unknown outcome counts as
    /// several tries.
    /// </summary>
    public int Attempts { get; set; }

    /// <summary>The change as it was computed last, while it is unknown whether an earlier try was committed.</summary>
    public TaskChange? Unconfirmed { get; set; }

    /// <summary>
    /// Completes when the step has ended. It throws what <see cref="Fail"/> was given, and is canceled by <see cref="Drop"/>.
    /// </summary>
    public Task<TransitionResult> Done => _done.Task;

    /// <summary>
    /// True when the step can be computed before its batch, because it needs no read. It is false after a lost race, which shows that the
    /// assumption was wrong.
    /// </summary>
    public bool NeedsNoRead => Known is not null || (AssumesNew && Attempts == 0);

    /// <summary>Computes the change at once on the caller's thread, if the step needs no read. Then its batch has less to do.</summary>
    public void Prepare()
    {
        if (NeedsNoRead)
        {
            _prepared = ComputeAsync(Known);
        }
    }

    /// <summary>Returns the change. The first time it is the prepared one.</summary>
    public Task<TaskChange?> ApplyAsync(TaskRecord? current) =>
        _prepared is { } prepared && Attempts == 0 ? prepared : ComputeAsync(current);

    private async Task<TaskChange?> ComputeAsync(TaskRecord? current) => await apply(current);

    /// <summary>Takes a place among the steps that wait to be stored, until the step ends.</summary>
    /// <returns>False when there is no place.</returns>
    public bool TryEnter(IntakeRoom room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!room.TryEnter(Tasks, DataLength))
        {
            return false;
        }

        _room = room;
        return true;
    }

    /// <summary>Ends the step. Only the first end counts.</summary>
    public void Complete(TransitionOutcome outcome, TaskRecord? task)
    {
        Leave();
        _done.TrySetResult(new(outcome, task));
    }

    /// <summary>Ends the step with an error, which its caller gets.</summary>
    public void Fail(Exception exception)
    {
        Leave();
        _done.TrySetException(exception);
    }

    /// <summary>Call this when nobody waits for the step any more.</summary>
    public void Drop()
    {
        Leave();
        _done.TrySetCanceled(Caller);
    }

    /// <summary>This runs before anybody learns of the end, so that whoever then comes finds the room.</summary>
    private void Leave() => Interlocked.Exchange(ref _room, null)?.Leave(Tasks, DataLength);
}
