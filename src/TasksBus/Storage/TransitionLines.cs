using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// The transitions that wait for a batch, one line for each task. Only the first of a line takes part in a batch. The first ones are in the
/// order in which they came.
/// </summary>
internal sealed class TransitionLines
{
    private readonly List<(long Place, Transition Transition)> _first = [];

    /// <summary>The transitions that wait behind each task in a line or in the batch. Null when there are none.</summary>
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

    /// <summary>
    /// Takes the first of each line, up to a number and a size of input. The transition that reaches the size is the last. Those whose
    /// callers have gone are dropped.
    /// </summary>
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

    /// <summary>Takes the next transition in a task's line, if it can use what was read for the previous one.</summary>
    /// <param name="withInput">True when the task's input was read.</param>
    public Transition? NextThatReads(TaskId id, bool withInput) =>
        _behind[id] is { Count: > 0 } line && line.Peek().Transition is { NeedsNoRead: false, Unconfirmed: null } next
            && (withInput || !next.NeedsInput) && !IsGone(next)
            ? line.Dequeue().Transition : null;

    /// <summary>
    /// Called after a batch. A transition that must be computed again is the first in its line, and the line goes behind all that wait.
    /// Otherwise the next in line moves up.
    /// </summary>
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

    /// <summary>Takes the next transition of a line whose caller is still there. The line ends when there is none.</summary>
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
        // A transition that may be stored already is looked up first, because others must learn of it.
        if (transition.Unconfirmed is null && transition.Caller.IsCancellationRequested)
        {
            transition.Drop();
            return true;
        }

        return false;
    }
}
