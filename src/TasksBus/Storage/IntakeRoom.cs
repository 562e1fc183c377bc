namespace TasksBus.Storage;

/// <summary>
/// Limits how much waits to be stored in this process. While the database answers slowly, or not at all, further callers are told at once
/// to come back. Otherwise waiting tasks would fill the memory, for callers who have long gone.
/// </summary>
internal sealed class IntakeRoom
{
    /// <summary>The largest number of tasks.</summary>
    public const int MaxTasks = 10_000;

    /// <summary>The limit for their inputs and tags, in bytes. One request may be larger if nothing else waits.</summary>
    public const long MaxData = 64 * 1024 * 1024;

    private int _tasks;
    private long _data;

    /// <summary>True when more may wait now.</summary>
    public bool IsOpen => Volatile.Read(ref _tasks) < MaxTasks && Volatile.Read(ref _data) < MaxData;

    /// <summary>How many tasks wait or are being stored.</summary>
    internal int Tasks => Volatile.Read(ref _tasks);

    internal bool TryEnter(int tasks, long data)
    {
        var allTasks = Interlocked.Add(ref _tasks, tasks);
        var allData = Interlocked.Add(ref _data, data);
        if (allTasks == tasks || (allTasks <= MaxTasks && allData <= MaxData))
        {
            return true;
        }

        Leave(tasks, data);
        return false;
    }

    internal void Leave(int tasks, long data)
    {
        Interlocked.Add(ref _tasks, -tasks);
        Interlocked.Add(ref _data, -data);
    }
}
