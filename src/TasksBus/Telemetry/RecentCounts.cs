using TasksBus.Storage;

namespace TasksBus.Telemetry;

/// <summary>What this process counts of tasks, by minute and function, until it is stored (<see cref="HistoryWriter"/>).</summary>
public sealed class RecentCounts(IFunctionPolicyStore functions, TimeProvider clock)
{
    /// <summary>While the database is away, no more is kept than this. The oldest goes first.</summary>
    private const int MaxKept = 10_000;

    private readonly Lock _lock = new();
    private readonly Guid _process = Guid.NewGuid();
    private readonly SortedDictionary<(long Minute, string Function), (TaskCounts Counts, bool IsTaken)> _kept = [];

    /// <summary>True when somebody stores what is counted. Otherwise nothing is.</summary>
    public bool IsKept { get; set; }

    private long Minute => clock.GetUtcNow().ToUnixTimeSeconds() / 60;

    /// <summary>Counts what was committed.</summary>
    public void Committed(IReadOnlyList<TaskChange> changes)
    {
        if (!IsKept)
        {
            return;
        }

        var (minute, known) = (Minute, functions.Functions);
        lock (_lock)
        {
            foreach (var change in changes)
            {
                Count(change);
                foreach (var insert in change.Inserts)
                {
                    Count(insert);
                }
            }
        }

        void Count(TaskChange change)
        {
            var task = change.Task;
            var counts = Of(minute, known.KnownName(task.FunctionName));
            counts.Accepted += change.IsInsert ? 1 : 0;
            if (change.StartDelay is { } delay)
            {
                counts.AddDelay(delay);
            }

            if (change.To == TaskPlace.Finished)
            {
                switch (task.Status)
                {
                    case Contracts.TaskStates.Complete:
                        counts.Complete++;
                        break;
                    case Contracts.TaskStates.Failed:
                        counts.Failed++;
                        break;
                    case Contracts.TaskStates.Retried:
                        counts.Retried++;
                        break;
                    default:
                        counts.Canceled++;
                        break;
                }
            }
        }
    }

    /// <summary>Counts an invocation that has ended.</summary>
    public void Invoked(string functionName, TimeSpan duration)
    {
        if (!IsKept)
        {
            return;
        }

        var (minute, name) = (Minute, functions.Functions.KnownName(functionName));
        lock (_lock)
        {
            Of(minute, name).AddRun(duration);
        }
    }

    /// <summary>Takes what has changed since it was taken last, to be stored. What is over and was stored is forgotten.</summary>
    public IReadOnlyList<StoredCounts> Take()
    {
        var minute = Minute;
        lock (_lock)
        {
            // What ends now may be counted for a minute ago.
            foreach (var key in _kept.Where(each => each.Value.IsTaken && each.Key.Minute < minute - 1)
                .Select(static each => each.Key).ToArray())
            {
                _kept.Remove(key);
            }

            var changed = _kept.Where(static each => !each.Value.IsTaken).ToArray();
            foreach (var (key, (counts, _)) in changed)
            {
                _kept[key] = (counts, true);
            }

            return [.. changed.Select(each =>
                new StoredCounts(each.Key.Minute, each.Key.Function, _process, TaskCounts.SumOf([each.Value.Counts])))];
        }
    }

    /// <summary>Call this when what was taken is not stored. It is taken again.</summary>
    public void GiveBack(IReadOnlyList<StoredCounts> taken)
    {
        lock (_lock)
        {
            foreach (var key in taken.Select(static each => (each.Minute, each.FunctionName)))
            {
                if (_kept.TryGetValue(key, out var kept))
                {
                    _kept[key] = (kept.Counts, false);
                }
            }
        }
    }

    private TaskCounts Of(long minute, string? function)
    {
        var key = (minute, function ?? "");
        var counts = _kept.TryGetValue(key, out var kept) ? kept.Counts : new();
        _kept[key] = (counts, false);
        if (_kept.Count > MaxKept)
        {
            _kept.Remove(_kept.Keys.First());
        }

        return counts;
    }
}
