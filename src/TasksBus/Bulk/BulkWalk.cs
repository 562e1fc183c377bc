using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.Bulk;

/// <summary>
/// Carries out a bulk operation, some tasks at a time, in the order of their numbers. It looks at so many numbers at once as take a moment,
/// so a query that finds little among millions of tasks takes many short looks and no long one.
/// </summary>
/// <remarks>
/// Nothing is done twice, whatever crashes and whoever leads: what it canceled is new no more, and the id of each task that it makes
/// derives from the operation and the original. A step whose end could not be stored is taken again. Then the tasks that it canceled may
/// not be counted.
/// </remarks>
internal sealed class BulkWalk(IBulkStore store, TaskIntake intake, ITaskReader tasks, IStoreClock storeClock, TimeProvider clock)
{
    /// <summary>How many tasks a step takes.</summary>
    internal const int AtOnce = 500;

    /// <summary>How many inputs are read at once, and their limit in bytes. The first one is read however large it is.</summary>
    private const int InputsAtOnce = 50;
    private const long MaxInputs = 8 * 1024 * 1024;

    private const long SmallestWindow = 100;
    private const long LargestWindow = 1_000_000;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(500);

    /// <summary>How many numbers each operation looks at next.</summary>
    private readonly Dictionary<TaskId, long> _windows = [];

    /// <summary>Forgets what it learned about operations that are not among these.</summary>
    public void KeepOnly(IEnumerable<TaskId> operations)
    {
        foreach (var id in _windows.Keys.Except(operations).ToArray())
        {
            _windows.Remove(id);
        }
    }

    /// <summary>Brings an operation a step further.</summary>
    /// <returns>The operation as it is now. Null when another process has brought it further, or it was stopped.</returns>
    public async Task<StoredBulkOperation?> StepAsync(StoredBulkOperation operation, CancellationToken cancellationToken)
    {
        var window = _windows.GetValueOrDefault(operation.Id, 10_000);
        var end = Math.Min(operation.UpTo, operation.Reached + window);
        var began = clock.GetTimestamp();
        IReadOnlyList<FoundTask> found;
        try
        {
            found = await store.FindTasksAsync(
                ConditionOf(operation), operation.Reached, end, AtOnce, operation.Action == BulkActions.Rerun, cancellationToken);
        }
        catch (QueryTooSlowException) when (window > SmallestWindow)
        {
            _windows[operation.Id] = Math.Max(SmallestWindow, window / 10);
            return operation;
        }
        catch (CommandRefusedException refused)
        {
            // A server of another version took the query.
            await store.StopAsync(operation.Id, await storeClock.MicrosecondsAsync(), refused.Refusal.Message);
            return null;
        }

        var isFull = found.Count == AtOnce;
        _windows[operation.Id] = clock.GetElapsedTime(began) switch
        {
            var took when took > s_long => Math.Max(SmallestWindow, window / 2),
            var took when took < s_short && !isFull => Math.Min(LargestWindow, window * 2),
            _ => window,
        };
        var next = operation with { Reached = isFull ? found[^1].Number : end };
        var (done, failure) = operation.Action == BulkActions.Cancel ? await CancelAsync(next, found)
            : (await RerunAsync(next, found, cancellationToken), null);
        if (failure is not null)
        {
            // What was canceled is counted. The rest is found again.
            done = done with { Reached = operation.Reached };
        }

        done = done with
        {
            Status = done.Reached >= done.UpTo ? BulkStates.Complete : BulkStates.InProgress,
            UpdatedAt = await storeClock.MicrosecondsAsync(),
        };
        var isStored = await store.AdvanceAsync(operation, done);
        return failure is not null ? throw failure : isStored ? done : null;
    }

    private static RqlCondition ConditionOf(StoredBulkOperation operation) =>
        BulkActions.Restrict(operation.Action, NewBulkOperation.Read(operation.Query));

    private async Task<(StoredBulkOperation Done, Exception? Failure)> CancelAsync(
        StoredBulkOperation operation, IReadOnlyList<FoundTask> found)
    {
        Exception? failure = null;
        var canceled = await Task.WhenAll(found.Select(async task =>
        {
            try
            {
                return (bool?)(await intake.CancelAsync(task.Id)).Canceled;
            }
            catch (Exception exception) when (exception is StoreUnavailableException or CommitOutcomeUnknownException)
            {
                failure = exception;
                return null;
            }
        }));
        return (operation with
        {
            Affected = operation.Affected + canceled.Count(static one => one == true),
            Skipped = operation.Skipped + canceled.Count(static one => one == false),
        }, failure);
    }

    private async Task<StoredBulkOperation> RerunAsync(
        StoredBulkOperation operation, IReadOnlyList<FoundTask> found, CancellationToken cancellationToken)
    {
        foreach (var some in Fitting(found))
        {
            var originals = await tasks.LookAsync([.. some.Select(static task => task.Id)], withInput: true, cancellationToken);
            // What was removed meanwhile is not there any more.
            TaskRecord[] left = [.. some.Select(task => originals.GetValueOrDefault(task.Id)).OfType<TaskRecord>()];
            var reason = operation.Reason;
            var (ids, again) = await intake.OnlyKnownAsync(
                [.. left.Select(task => DerivedId.OfRerun(operation.Id, task.Id))],
                [.. left.Select(task => Again(task, operation))],
                (_, why) => reason = why);
            await intake.ScheduleAllAsync(ids, again);
            operation = operation with
            {
                Affected = operation.Affected + ids.Count,
                Refused = operation.Refused + left.Length - ids.Count,
                Reason = reason,
            };
        }

        return operation;
    }

    /// <summary>The tasks in parts whose inputs may be in memory together.</summary>
    private static IEnumerable<IReadOnlyList<FoundTask>> Fitting(IReadOnlyList<FoundTask> found)
    {
        List<FoundTask> part = [];
        long bytes = 0;
        foreach (var task in found)
        {
            if (part.Count == InputsAtOnce || (part.Count > 0 && bytes + task.Bytes > MaxInputs))
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(task);
            bytes += task.Bytes;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private static ScheduleTask Again(TaskRecord task, StoredBulkOperation operation) => task.Again() with
    {
        Priority = operation.Priority ?? task.Priority,
        // The trace of the original ended long ago.
        TraceParent = null,
        CreatedByApplicationId = operation.CreatedByApplicationId,
        CreatedByUserId = operation.CreatedByUserId,
    };
}
