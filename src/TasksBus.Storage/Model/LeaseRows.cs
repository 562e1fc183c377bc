namespace TasksBus.Storage.Model;

/// <summary>A worker that is alive. A dead worker has no row.</summary>
internal sealed class WorkerEntry
{
    public Guid Id { get; set; }
    public string Pool { get; set; } = "";
    public int Slots { get; set; }
    /// <summary>The names of the functions that it has in its own process, joined by blanks. Null when it invokes any function.</summary>
    public string? Functions { get; set; }
    public string Host { get; set; } = "";
    public string Version { get; set; } = "";
    public long Beat { get; set; }

    /// <summary>The functions as they are stored. Names of functions have no blanks.</summary>
    public static string? Join(IReadOnlyList<string>? functions) => functions is null ? null : string.Join(' ', functions);

    /// <summary>The functions of a stored text.</summary>
    public static IReadOnlyList<string>? Split(string? stored) => stored?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>
/// How many tasks a worker has claimed, and how many of them have ended. There are two rows, because claims and reports are committed side
/// by side and must not wait for each other. The difference is the number of running tasks.
/// </summary>
internal sealed class WorkerCountRow
{
    public Guid WorkerId { get; set; }

    /// <summary>True when this row counts the tasks that ended.</summary>
    public bool IsEnded { get; set; }
    public long Count { get; set; }
}

/// <summary>The one row that says which process is the leader.</summary>
internal sealed class LeaderRow
{
    public int Id { get; set; }
    public Guid Owner { get; set; }
    public long Epoch { get; set; }
    public long LeaseEndsAt { get; set; }
}
