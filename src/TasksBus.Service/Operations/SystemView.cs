using TasksBus.Operations;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>How the whole system stands, for people.</summary>
/// <param name="Status">What waits, what runs, and who works.</param>
/// <param name="Backlog">What waits for a worker, and what runs, by pool, function and priority, the largest group first.</param>
/// <param name="Ended">How many tasks are in each final state. At most <see cref="IStatusReader.MostCounted"/> each.</param>
/// <param name="Failures">The latest failures, the most frequent first.</param>
/// <param name="Checks">What is wrong with it, and what is well.</param>
public sealed record SystemView(
    SystemStatus Status, IReadOnlyList<BacklogGroup> Backlog, IReadOnlyDictionary<string, int> Ended, IReadOnlyList<FailureGroup> Failures,
    IReadOnlyList<SystemCheck> Checks)
{
    /// <summary>The tasks that failed last, in groups of one function and one error.</summary>
    /// <param name="failed">The tasks, the newest first.</param>
    public static IReadOnlyList<FailureGroup> Group(IReadOnlyList<TaskRecord> failed) =>
    [
        .. failed.GroupBy(static task => (task.FunctionName, task.Error?.Name)).Select(static group => new FailureGroup(
            group.Key.FunctionName, group.Key.Name ?? "", group.Count(), group.MaxBy(static task => task.StatusChangedTimestamp)!))
            .OrderByDescending(static group => group.Count).ThenByDescending(static group => group.Latest.StatusChangedTimestamp),
    ];
}

/// <param name="ErrorName">The name of the error. Empty when it has none.</param>
/// <param name="Latest">The task of the group that failed last, without its input.</param>
public sealed record FailureGroup(string FunctionName, string ErrorName, int Count, TaskRecord Latest);
