using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>
/// Tasks that this process has just stored and that may start, so that its worker claims them without reading them again. It is only an
/// optimization: a claim changes nothing if the stored task is not at the version kept here, and is then computed from what is stored.
/// </summary>
/// <param name="pool">The pool of this process's worker.</param>
internal sealed class FreshTasks(string pool, TimeProvider clock)
{
    // About 30 MB at most. Inputs are counted in characters.
    private const int MaxTasks = 65_536;
    private const int LongestData = 4_096;
    private const long AllData = 8 * 1024 * 1024;

    /// <summary>
    /// A task that was not claimed here within this time was most likely claimed elsewhere. It is dropped when there is no room.
    /// </summary>
    private static readonly TimeSpan s_age = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<TaskId, (TaskRecord Task, long At)> _tasks = [];
    private long _data;
    private long _clearedAt = clock.GetTimestamp();

    /// <summary>Keeps those of the changes' tasks that may be claimed now.</summary>
    public void Add(IReadOnlyList<TaskChange> committed)
    {
        ArgumentNullException.ThrowIfNull(committed);
        lock (_lock)
        {
            foreach (var change in committed)
            {
                Add(change);
                change.Inserts.ForEach(Add);
            }
        }
    }

    /// <summary>Returns a task, once.</summary>
    public TaskRecord? Take(TaskId id)
    {
        lock (_lock)
        {
            return _tasks.TryGetValue(id, out var entry) ? Remove(entry.Task) : null;
        }
    }

    private void Add(TaskChange change)
    {
        var task = change.Task;
        var mayStart = change is { IsInsert: true, To: TaskPlace.Waiting, DueAfter: null } && task.StartTimestamp <= task.CreationTimestamp;
        // This is a copy, because the caller of the step holds the stored instance.
        if (mayStart && task.Pool == pool && !(task.Data?.Length > LongestData) && HasRoom()
            && _tasks.TryAdd(task.Id, (task.Copy(), clock.GetTimestamp())))
        {
            _data += task.Data?.Length ?? 0;
        }
    }

    private TaskRecord Remove(TaskRecord task)
    {
        _tasks.Remove(task.Id);
        _data -= task.Data?.Length ?? 0;
        return task;
    }

    private bool HasRoom()
    {
        if (IsFull && clock.GetElapsedTime(_clearedAt) > s_age)
        {
            _clearedAt = clock.GetTimestamp();
            foreach (var (task, at) in _tasks.Values.Where(entry => clock.GetElapsedTime(entry.At) > s_age).ToArray())
            {
                Remove(task);
            }
        }

        return !IsFull;
    }

    private bool IsFull => _tasks.Count >= MaxTasks || _data >= AllData;
}
