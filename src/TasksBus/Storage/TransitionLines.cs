using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The transitions that wait for a batch: a line for each task. Only the first of a line takes part in a batch; the firsts are in the order in which they came.</summary>
internal sealed class TransitionLines
{
    private readonly List<(long Place, Transition Transition)> _first = [];

    /// <summary>Of each task in a line or in the batch: who stands behind; null for nobody.</summary>
    private readonly Dictionary<TaskId, Queue<(long Place, Transition Transition)>?> _behind = [];

    private long _places;

    /// <summary>How many tasks wait.</summary>
    public int Count => _first.Count;

    public void Add(Transition transition)
    {
        if (_behind.TryAdd(transition.Id, null))
        {
            _first.Add((_places++, transition));
        }
        else
        {
            (_behind[transition.Id] ??= new()).Enqueue((_places++, transition));
        }
    }

    /// <summary>Takes the first of each line, up to so many with so much input: the one that reaches it is the last. Those whose callers have gone are dropped.</summary>
    public List<Transition> TakeBatch(int most, int mostData)
    {
        List<Transition> batch = [];
        var (seen, data) = (0, 0L);
        for (; seen < _first.Count && batch.Count < most && data < mostData; seen++)
        {
            var first = _first[seen].Transition;
            if (IsGone(first) && NextOf(first.Id) is var next)
            {
                if (next is null)
                {
                    continue;
                }

                first = next.Value.Transition;
            }

            data += first.DataLength;
            batch.Add(first);
        }

        _first.RemoveRange(0, seen);
        return batch;
    }

    /// <summary>Takes who stands behind a task's transition, if it can do with what was read for that.</summary>
    /// <param name="withInput">Whether the task's input was read.</param>
    public Transition? NextThatReads(TaskId id, bool withInput) =>
        _behind[id] is { Count: > 0 } line && line.Peek().Transition is { NeedsNoRead: false, Unconfirmed: null } next && (withInput || !next.NeedsInput) && !IsGone(next)
            ? line.Dequeue().Transition : null;

    /// <summary>After a batch: what is to be done again is first in its line, after all who wait; else the next in line moves up.</summary>
    public void Return(List<Transition> batch, List<Transition> again)
    {
        again.ForEach(transition => _first.Add((_places++, transition)));
        var repeated = again.Select(static transition => transition.Id).ToHashSet();
        var isInOrder = true;
        foreach (var transition in batch)
        {
            if (repeated.Contains(transition.Id))
            {
                continue;
            }

            if (NextOf(transition.Id) is { } next)
            {
                _first.Add(next);
                isInOrder = false;
            }
        }

        if (!isInOrder)
        {
            _first.Sort(static (left, right) => left.Place.CompareTo(right.Place));
        }
    }

    /// <summary>Takes the next of a line whose caller is still there; the line ends where there is none.</summary>
    private (long Place, Transition Transition)? NextOf(TaskId id)
    {
        while (_behind[id] is { Count: > 0 } line)
        {
            var next = line.Dequeue();
            if (!IsGone(next.Transition))
            {
                return next;
            }
        }

        _behind.Remove(id);
        return null;
    }

    private static bool IsGone(Transition transition)
    {
        // What may be stored already is looked up first: others must hear of it.
        if (transition.Unconfirmed is null && transition.Caller.IsCancellationRequested)
        {
            transition.Drop();
            return true;
        }

        return false;
    }
}
