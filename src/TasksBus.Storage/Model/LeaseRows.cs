namespace TasksBus.Storage.Model;

/// <summary>A worker that is alive; a dead one has no row.</summary>
public sealed class WorkerEntry
{
    public Guid Id { get; set; }
    public string Pool { get; set; } = "";
    public int Slots { get; set; }
    public string Host { get; set; } = "";
    public string Version { get; set; } = "";
    public long Beat { get; set; }
}

/// <summary>
/// How many tasks a worker has claimed, and how many of them have ended: two rows, for claims and reports are committed side by side and
/// must not wait for each other. What runs is the difference.
/// </summary>
public sealed class WorkerCountRow
{
    public Guid WorkerId { get; set; }

    /// <summary>Whether this row counts the tasks that ended.</summary>
    public bool IsEnded { get; set; }
    public long Count { get; set; }
}

/// <summary>The one row that says who leads.</summary>
public sealed class LeaderRow
{
    public int Id { get; set; }
    public Guid Owner { get; set; }
    public long Epoch { get; set; }
    public long LeaseEndsAt { get; set; }
}
