namespace TasksBus.Storage;

/// <summary>
/// How much may wait to be stored in this process. While the database answers slowly, or not at all, callers beyond that are told at once to come back:
/// what waits would fill the memory, for callers who have long gone.
/// </summary>
public sealed class IntakeRoom
{
    /// <summary>Tasks at most.</summary>
    public const int MaxTasks = 10_000;

    /// <summary>What their inputs and tags may come to, in bytes. One request may be larger, where nothing else waits.</summary>
    public const long MaxData = 64 * 1024 * 1024;

    private int _tasks;
    private long _data;

    /// <summary>Whether something more may wait now.</summary>
    public bool IsOpen => Volatile.Read(ref _tasks) < MaxTasks && Volatile.Read(ref _data) < MaxData;

    /// <summary>How many tasks wait, or are just being stored.</summary>
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
