using System.Threading.Channels;
using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// Lets all transitions in flight share reads, writes and commits: while one batch commits, the next gathers. There are no timers:
/// an idle system commits a batch of one at once.
/// </summary>
/// <remarks>
/// One transition a task per batch, in the order in which they came. A transition that lost its race is computed again from what is stored. A batch that
/// fails is split until the bad change fails alone. After an unknown commit the tasks are read again.
/// </remarks>
public sealed class GroupCommit : IAsyncDisposable
{
    /// <summary>Transitions in one transaction at most.</summary>
    public const int MaxBatch = 512;

    /// <summary>What the inputs of one transaction's tasks may come to, in characters: the batch that reaches it is the last to grow.</summary>
    public const int MaxBatchData = 16 * 1024 * 1024;

    private const int MaxAttempts = 50;

    private readonly Channel<Transition> _incoming = Channel.CreateUnbounded<Transition>(new() { SingleReader = true });
    private readonly ITaskStore _store;
    private readonly Action<IReadOnlyList<TaskChange>> _committed;
    private readonly Task _loop;

    /// <param name="committed">Called after each batch that wrote something, with what it wrote: there may be new work, room or events.</param>
    public GroupCommit(ITaskStore store, Action<IReadOnlyList<TaskChange>> committed)
    {
        _store = store;
        _committed = committed;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Completes when the step is committed, ignored or refused.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The database is away; the step may be tried again. In rare cases, when the database went away while it committed, the step was taken.
    /// </exception>
    public Task<TransitionResult> SubmitAsync(Transition transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        transition.Prepare();
        if (!_incoming.Writer.TryWrite(transition))
        {
            transition.Fail(new StoreUnavailableException("The server is stopping."));
        }

        return transition.Done;
    }

    public async ValueTask DisposeAsync()
    {
        _incoming.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        List<Transition> waiting = [];
        while (waiting.Count > 0 || await _incoming.Reader.WaitToReadAsync())
        {
            while (waiting.Count < 2 * MaxBatch && _incoming.Reader.TryRead(out var transition))
            {
                waiting.Add(transition);
            }

            var batch = TakeBatch(waiting);
            try
            {
                waiting.AddRange(await RunBatchAsync(batch));
            }
            catch (Exception exception)
            {
                batch.ForEach(transition => transition.Fail(exception));
            }
        }
    }

    /// <summary>Takes the first transition of each task; the others wait for the next batch, in their order.</summary>
    private static List<Transition> TakeBatch(List<Transition> waiting)
    {
        HashSet<TaskId> taken = [];
        List<Transition> batch = [], rest = [];
        long data = 0;
        foreach (var transition in waiting)
        {
            if (batch.Count < MaxBatch && data < MaxBatchData && taken.Add(transition.Id))
            {
                batch.Add(transition);
                data += transition.DataLength;
            }
            else
            {
                // Behind one that waits, its task's later steps wait too.
                taken.Add(transition.Id);
                rest.Add(transition);
            }
        }

        waiting.Clear();
        waiting.AddRange(rest);
        return batch;
    }

    /// <summary>Runs the batch and returns the transitions that must be computed again.</summary>
    private async Task<List<Transition>> RunBatchAsync(List<Transition> batch)
    {
        var unknown = batch.Where(static transition => !transition.NeedsNoRead).Select(static transition => transition.Id).ToArray();
        var stored = unknown.Length == 0 ? null : await _store.LoadAsync(unknown, CancellationToken.None);
        List<Step> steps = new(batch.Count);
        foreach (var transition in batch)
        {
            var current = transition.Known ?? stored?.GetValueOrDefault(transition.Id);
            try
            {
                var change = await transition.ApplyAsync(current);
                if (change is null)
                {
                    transition.Complete(TransitionOutcome.Ignored, current);
                }
                else
                {
                    steps.Add(new(transition, change));
                }
            }
            catch (Exception exception)
            {
                transition.Fail(exception);
            }
        }

        List<Transition> again = [];
        if (steps.Count > 0)
        {
            await CommitAsync(steps, again);
            var written = steps.FindAll(static step => step.Transition.Done is { IsCompletedSuccessfully: true, Result.Outcome: TransitionOutcome.Applied });
            if (written.Count > 0)
            {
                _committed(written.ConvertAll(static step => step.Change));
            }
        }

        return again;
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
            // A group whose first commit was of unknown outcome, and arrived after all, meets its own ids.
            if (exception is StoreUnavailableException || steps is not [{ Transition.Attempts: > 0 } step] || !await IsStoredAsync(step))
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

    private static void Settle(Step step, CommitOutcome outcome, List<Transition> again)
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
                if (++transition.Attempts < MaxAttempts)
                {
                    again.Add(transition);
                }
                else
                {
                    transition.Fail(new StoreUnavailableException($"Task {transition.Id} could not be stored: others changed it each time, or the database did not confirm. Try again."));
                }

                break;
        }
    }

    /// <summary>Reads the tasks again: what is stored tells whose change was committed.</summary>
    private async Task SettleUnknownAsync(List<Step> steps, List<Transition> again)
    {
        IReadOnlyDictionary<TaskId, TaskRecord> stored;
        try
        {
            stored = await LoadAsync(steps);
        }
        catch (Exception exception)
        {
            // Whoever asks again finds the task as it is: claims carry an id, and every other step is the same when taken twice.
            steps.ForEach(step => step.Transition.Fail(exception));
            return;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20));
        foreach (var step in steps)
        {
            var isDone = TryAdopt(step.Change, stored);
            if (!isDone)
            {
                // A database that does not confirm is not asked again at once, nor for ever.
                step.Transition.Attempts += MaxAttempts / 5;
            }

            Settle(step, isDone ? CommitOutcome.Applied : CommitOutcome.Conflict, again);
        }
    }

    /// <summary>Completes the step where what it would write is stored already.</summary>
    private async Task<bool> IsStoredAsync(Step step)
    {
        if (!TryAdopt(step.Change, await LoadAsync([step])))
        {
            return false;
        }

        step.Transition.Complete(TransitionOutcome.Applied, step.Change.Task);
        return true;
    }

    /// <summary>Reads the tasks that the steps would write.</summary>
    private Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(List<Step> steps) =>
        _store.LoadAsync([.. steps.SelectMany(static step => step.Change.Tasks).Select(static task => task.Id)], CancellationToken.None);

    private static bool IsResultOf(TaskChange change, IReadOnlyDictionary<TaskId, TaskRecord> stored) =>
        stored.TryGetValue(change.Task.Id, out var now)
        && now.Version == (change.ExpectedVersion ?? -1) + 1
        && now.Status == change.Task.Status
        && now.ClaimId == change.Task.ClaimId
        && change.Inserts.All(insert => stored.ContainsKey(insert.Task.Id));

    /// <summary>Where the change is what is stored: takes over what the store gave, numbers, versions and times.</summary>
    private static bool TryAdopt(TaskChange change, IReadOnlyDictionary<TaskId, TaskRecord> stored)
    {
        if (!IsResultOf(change, stored))
        {
            return false;
        }

        foreach (var task in change.Tasks)
        {
            var now = stored[task.Id];
            (task.Number, task.StartTimestamp, task.Version) = (now.Number, now.StartTimestamp, now.Version);
            (task.CreationTimestamp, task.UpdateTimestamp, task.StatusChangedTimestamp) =
                (now.CreationTimestamp, now.UpdateTimestamp, now.StatusChangedTimestamp);
        }

        return true;
    }

    private readonly record struct Step(Transition Transition, TaskChange Change);
}
