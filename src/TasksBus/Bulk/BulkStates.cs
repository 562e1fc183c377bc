namespace TasksBus.Bulk;

/// <summary>How far a bulk operation is.</summary>
public static class BulkStates
{
    /// <summary>There may be more tasks to take.</summary>
    public const string InProgress = "inProgress";

    /// <summary>All tasks have been taken.</summary>
    public const string Complete = "complete";

    /// <summary>Somebody stopped it, or it cannot go on. What it did stays.</summary>
    public const string Stopped = "stopped";

    /// <summary>All states.</summary>
    public static IReadOnlyList<string> All { get; } = [InProgress, Complete, Stopped];
}
