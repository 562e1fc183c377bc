using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>One step of one task, waiting for its batch.</summary>
/// <param name="id">The task.</param>
/// <param name="apply">
/// Computes the change from the task as it is (null: unknown), without I/O; null where nothing changes. Called again after a lost race.
/// </param>
public sealed class Transition(TaskId id, Func<TaskRecord?, ValueTask<TaskChange?>> apply)
{
    private readonly TaskCompletionSource<TransitionResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<TaskChange?>? _prepared;
    private IntakeRoom? _room;

    public TaskId Id { get; } = id;

    /// <summary>The task as the caller last saw it, which saves a read; dropped when the race for it is lost.</summary>
    public TaskRecord? Known { get; set; }

    /// <summary>The step makes a task, so it is taken to be unknown until its insert meets one: saves a read.</summary>
    public bool AssumesNew { get; init; }

    /// <summary>How many tasks the step stores.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>How much the step stores of what callers may make large, inputs and tags, in bytes.</summary>
    public int DataLength { get; init; }

    /// <summary>Whether the task's input is needed, where it is read for the step.</summary>
    public bool NeedsInput { get; init; }

    /// <summary>Canceled when nobody waits for the step any more: one that is not under way by then is not taken.</summary>
    public CancellationToken Caller { get; init; }

    public int Attempts { get; set; }

    /// <summary>The change as it was computed last, where nobody knows yet whether an earlier try was committed.</summary>
    public TaskChange? Unconfirmed { get; set; }

    public Task<TransitionResult> Done => _done.Task;

    /// <summary>
    /// Whether the step can be computed before its batch: nothing need be read for it. Not after a lost race, which shows that what was assumed is wrong.
    /// </summary>
    public bool NeedsNoRead => Known is not null || (AssumesNew && Attempts == 0);

    /// <summary>Computes the change at once, on the caller's thread, where nothing need be read for it: then its batch has less to do.</summary>
    public void Prepare()
    {
        if (NeedsNoRead)
        {
            _prepared = ComputeAsync(Known);
        }
    }

    /// <summary>The change; the first time as it was prepared.</summary>
    public Task<TaskChange?> ApplyAsync(TaskRecord? current) => _prepared is { } prepared && Attempts == 0 ? prepared : ComputeAsync(current);

    private async Task<TaskChange?> ComputeAsync(TaskRecord? current) => await apply(current);

    /// <summary>Takes a place among what waits to be stored, until the step has come to an end.</summary>
    /// <returns>False: there is none.</returns>
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

    public void Complete(TransitionOutcome outcome, TaskRecord? task)
    {
        Leave();
        _done.TrySetResult(new(outcome, task));
    }

    public void Fail(Exception exception)
    {
        Leave();
        _done.TrySetException(exception);
    }

    /// <summary>Nobody waits any more.</summary>
    public void Drop()
    {
        Leave();
        _done.TrySetCanceled(Caller);
    }

    /// <summary>Before anybody hears of the end: who then comes finds the room.</summary>
    private void Leave() => Interlocked.Exchange(ref _room, null)?.Leave(Tasks, DataLength);
}
