using System.Threading.Channels;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// Lets all transitions in flight share reads, writes and commits. While one batch commits, the next gathers. There are no timers: an idle
/// system commits a batch of one at once.
/// </summary>
/// <remarks>
/// A batch has one change of each task, in the order in which the changes came. Further changes of a task wait in line behind it and take
/// no places of other tasks. A transition that lost its race is computed again from what is stored. One whose task another transaction
/// holds comes again a little later, and nobody waits for it. A batch that fails is split until the bad change fails alone. After a commit
/// of unknown outcome the tasks are read again.
/// </remarks>
internal sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>The largest number of transitions in one transaction.</summary>
    public const int MaxBatch = 512;

    /// <summary>The limit for the inputs and tags of one transaction's tasks, in bytes. A batch that reaches it takes no more.</summary>
    public const int MaxBatchData = 16 * 1024 * 1024;

    private const int MaxAttempts = 50;

    private readonly Channel<Transition> _incoming = Channel.CreateUnbounded<Transition>(new() { SingleReader = true });
    private readonly ICommitStore _store;
    private readonly Action<IReadOnlyList<TaskChange>> _committed;
    private readonly Task _loop;

    /// <param name="committed">Called after each batch that wrote something, with what it wrote. There may be new work, room or
    /// events.</param>
    public GroupCommit(ICommitStore store, Action<IReadOnlyList<TaskChange>> committed)
    {
        _store = store;
        _committed = committed;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Completes when the step is committed, ignored or refused.</summary>
    /// <exception cref="StoreUnavailableException">The database is away, and the step may be tried again. In rare cases, when the database
    /// went away while it committed, the step was taken.</exception>
    public Task<TransitionResult> SubmitAsync(Transition transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        transition.Prepare();
        if (!_incoming.Writer.TryWrite(transition))
        {
            transition.Fail(new ServerStoppingException());
        }

        return transition.Done;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _incoming.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        var lines = new TransitionLines();
        while (lines.Count > 0 || await _incoming.Reader.WaitToReadAsync())
        {
            while (lines.Count < 2 * MaxBatch && _incoming.Reader.TryRead(out var transition))
            {
                lines.Add(transition);
            }

            var batch = lines.TakeBatch(MaxBatch, MaxBatchData);
            List<Transition> again = [];
            try
            {
                again = await RunBatchAsync(batch, lines);
            }
            catch (Exception exception)
            {
                batch.ForEach(transition => transition.Fail(exception));
            }

            lines.Return(batch, again);
        }
    }

    /// <summary>Runs the batch and returns the transitions that must be computed again.</summary>
    private async Task<List<Transition>> RunBatchAsync(List<Transition> batch, TransitionLines lines)
    {
        var stored = await ReadAsync(batch);
        List<Step> steps = new(batch.Count);
        List<TaskChange> written = [];
        for (var i = 0; i < batch.Count; i++)
        {
            var transition = batch[i];
            var current = transition.Known ?? stored?.GetValueOrDefault(transition.Id);
            if (transition.Unconfirmed is { } earlier && earlier.TryAdopt(stored!))
            {
                // The commit of an earlier try arrived late.
                transition.Complete(TransitionOutcome.Applied, earlier.Task);
                written.Add(earlier);
                continue;
            }

            var isDone = await ComputeAsync(transition, current, steps);
            // A step that changes nothing leaves the task as it was read for the steps in line behind it. They get a copy, because the
            // caller of the step holds the instance.
            while (isDone && !transition.NeedsNoRead && lines.NextThatReads(transition.Id, transition.NeedsInput) is { } next)
            {
                batch[i] = next;
                isDone = await ComputeAsync(next, current?.Copy(), steps);
            }
        }

        List<Transition> again = [];
        if (steps.Count > 0)
        {
            await CommitAsync(steps, again);
            written.AddRange(
                steps.Where(
                    static step => step.Transition.Done is { IsCompletedSuccessfully: true, Result.Outcome: TransitionOutcome.Applied })
                .Select(static step => step.Change));
        }

        if (written.Count > 0)
        {
            _committed(written);
        }

        return again;
    }

    /// <returns>True when the step changes nothing and is done.</returns>
    private static async Task<bool> ComputeAsync(Transition transition, TaskRecord? current, List<Step> steps)
    {
        try
        {
            if (await transition.ApplyAsync(current) is { } change)
            {
                steps.Add(new(transition, change));
                return false;
            }

            transition.Complete(TransitionOutcome.Ignored, current);
            return true;
        }
        catch (Exception exception)
        {
            transition.Fail(exception);
            return false;
        }
    }

    /// <summary>Reads what the batch needs, without the input for a step that does not need it.</summary>
    /// <returns>Null when nothing needs to be read.</returns>
    private async Task<IReadOnlyDictionary<TaskId, TaskRecord>?> ReadAsync(List<Transition> batch)
    {
        IReadOnlyDictionary<TaskId, TaskRecord>? stored = null;
        // Tasks with their inputs are read last, so they replace the same tasks read without.
        foreach (var needy in batch.Where(static transition => !transition.NeedsNoRead)
            .GroupBy(static transition => transition.NeedsInput)
            .OrderBy(static group => group.Key))
        {
            var ids = needy.SelectMany(
                static transition => transition.Unconfirmed?.Tasks.Select(static task => task.Id) ?? [transition.Id]).Distinct().ToArray();
            var found = await _store.LoadAsync(ids, withInput: needy.Key, CancellationToken.None);
            stored = stored is null ? found : stored.ExceptBy(found.Keys, static task => task.Key).Concat(found).ToDictionary();
        }

        return stored;
    }

    private async Task CommitAsync(List<Step> steps, List<Transition> again)
    {
        CommitOutcome[] outcomes;
        try
        {
            outcomes = await _store.CommitAsync(steps.ConvertAll(static step => step.Change), CancellationToken.None);
        }
        catch (CommitOutcomeUnknownException)
        {
            await SettleUnknownAsync(steps, again);
            return;
        }
        catch (Exception exception) when (exception is not StoreUnavailableException && steps.Count > 1)
        {
            var half = steps.Count / 2;
            await CommitAsync(steps[..half], again);
            await CommitAsync(steps[half..], again);
            return;
        }
        catch (Exception exception)
        {
            // A group whose first commit had an unknown outcome and arrived after all conflicts with its own ids. A read shows that.
            if (exception is not StoreUnavailableException && steps is [{ Transition.Unconfirmed: not null } step]
                && (await LoadAsync(steps)).ContainsKey(step.Change.Task.Id))
            {
                Settle(step, CommitOutcome.Conflict, again);
            }
            else
            {
                steps.ForEach(step => step.Transition.Fail(exception));
            }

            return;
        }

        for (var i = 0; i < steps.Count; i++)
        {
            Settle(steps[i], outcomes[i], again);
        }
    }

    private void Settle(Step step, CommitOutcome outcome, List<Transition> again)
    {
        var (transition, change) = step;
        switch (outcome)
        {
            case CommitOutcome.Applied:
                transition.Complete(TransitionOutcome.Applied, change.Task);
                break;
            case CommitOutcome.Refused:
                transition.Complete(TransitionOutcome.Refused, null);
                break;
            default:
                transition.Known = null;
                transition.Unconfirmed = transition.Unconfirmed is null ? null : change;
                if (++transition.Attempts >= MaxAttempts)
                {
                    transition.Fail(
                        new StoreUnavailableException(
                            $"Task {transition.Id} could not be stored: others changed it each time, or the database "
                                + "did not confirm. Try again."));
                }
                else if (outcome == CommitOutcome.Held)
                {
                    _ = SubmitLaterAsync(transition);
                }
                else
                {
                    again.Add(transition);
                }

                break;
        }
    }

    private async Task SubmitLaterAsync(Transition transition)
    {
        await Task.Delay(HeldTasks.WaitAfter(transition.Attempts));
        if (!_incoming.Writer.TryWrite(transition))
        {
            transition.Fail(new ServerStoppingException());
        }
    }

    /// <summary>Reads the tasks again. What is stored tells whose change was committed.</summary>
    private async Task SettleUnknownAsync(List<Step> steps, List<Transition> again)
    {
        IReadOnlyDictionary<TaskId, TaskRecord> stored;
        try
        {
            stored = await LoadAsync(steps);
        }
        catch (Exception exception)
        {
            // A caller that asks again finds the current task. Claims carry an id, and every other step has the same effect when taken
            // twice.
            steps.ForEach(step => step.Transition.Fail(exception));
            return;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20));
        foreach (var step in steps)
        {
            var isDone = step.Change.TryAdopt(stored);
            if (!isDone)
            {
                // A database that does not confirm is not asked again at once, nor forever.
                step.Transition.Attempts += MaxAttempts / 5;
                step.Transition.Unconfirmed = step.Change;
            }

            Settle(step, isDone ? CommitOutcome.Applied : CommitOutcome.Conflict, again);
        }
    }

    /// <summary>Reads the tasks that the steps would write.</summary>
    private Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(List<Step> steps) =>
        _store.LoadAsync(
            [.. steps.SelectMany(static step => step.Change.Tasks).Select(static task => task.Id)], withInput: false,
            CancellationToken.None);

    private readonly record struct Step(Transition Transition, TaskChange Change);
}
