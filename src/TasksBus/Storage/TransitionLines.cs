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

    /// <summary>Takes the first of each line, up to so many with so much input: the one that reaches it is the last.</summary>
    public List<Transition> TakeBatch(int most, int mostData)
    {
        List<Transition> batch = [];
        long data = 0;
        while (batch.Count < most && batch.Count < _first.Count && data < mostData)
        {
            var transition = _first[batch.Count].Transition;
            data += transition.DataLength;
            batch.Add(transition);
        }

        _first.RemoveRange(0, batch.Count);
        return batch;
    }

    /// <summary>Takes who stands behind a task's transition, if it reads the task.</summary>
    public Transition? NextThatReads(TaskId id) =>
        _behind[id] is { Count: > 0 } line && !line.Peek().Transition.NeedsNoRead ? line.Dequeue().Transition : null;

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

            if (_behind[transition.Id] is { Count: > 0 } line)
            {
                _first.Add(line.Dequeue());
                isInOrder = false;
            }
            else
            {
                _behind.Remove(transition.Id);
            }
        }

        if (!isInOrder)
        {
            _first.Sort(static (left, right) => left.Place.CompareTo(right.Place));
        }
    }
}
