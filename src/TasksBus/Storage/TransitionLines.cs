using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>The transitions that wait for a batch: a line for each task, in the order in which the tasks came. Only the first of a line takes part in a batch.</summary>
internal sealed class TransitionLines
{
    private readonly List<Transition> _first = [];

    /// <summary>Of each task in a line or in the batch: who stands behind; null for nobody.</summary>
    private readonly Dictionary<TaskId, Queue<Transition>?> _behind = [];

    /// <summary>How many tasks wait.</summary>
    public int Count => _first.Count;

    public void Add(Transition transition)
    {
        if (_behind.TryAdd(transition.Id, null))
        {
            _first.Add(transition);
        }
        else
        {
            (_behind[transition.Id] ??= new()).Enqueue(transition);
        }
    }

    /// <summary>Takes the first of each line, up to so many with so much input: the one that reaches it is the last.</summary>
    public List<Transition> TakeBatch(int most, int mostData)
    {
        List<Transition> batch = [];
        long data = 0;
        while (batch.Count < most && batch.Count < _first.Count && data < mostData)
        {
            data += _first[batch.Count].DataLength;
            batch.Add(_first[batch.Count]);
        }

        _first.RemoveRange(0, batch.Count);
        return batch;
    }

    /// <summary>Takes who stands behind a task's transition, if it reads the task.</summary>
    public Transition? NextThatReads(TaskId id) =>
        _behind[id] is { Count: > 0 } line && !line.Peek().NeedsNoRead ? line.Dequeue() : null;

    /// <summary>After a batch: what is to be done again is first in its line; else the next moves up.</summary>
    public void Return(List<Transition> batch, List<Transition> again)
    {
        _first.AddRange(again);
        var repeated = again.Select(static transition => transition.Id).ToHashSet();
        foreach (var transition in batch)
        {
            if (repeated.Contains(transition.Id))
            {
                continue;
            }

            if (_behind[transition.Id] is { Count: > 0 } line)
            {
                _first.Add(line.Dequeue());
            }
            else
            {
                _behind.Remove(transition.Id);
            }
        }
    }
}
