using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Bulk;

/// <summary>What a bulk operation does to each task.</summary>
public static class BulkActions
{
    /// <summary>Cancels tasks that are new.</summary>
    public const string Cancel = "cancel";

    /// <summary>Makes a new task like each task that is complete, failed or canceled.</summary>
    public const string Rerun = "rerun";

    /// <summary>All actions.</summary>
    public static IReadOnlyList<string> All { get; } = [Cancel, Rerun];

    /// <summary>The statuses of the tasks that an action takes. A task that another one retries is not rerun.</summary>
    public static IReadOnlyList<string> StatusesOf(string action) => action == Cancel ? [TaskStates.New]
        : [TaskStates.Complete, TaskStates.Failed, TaskStates.Canceled];

    /// <summary>Holds for the tasks that an action takes of those for which a condition holds.</summary>
    internal static RqlCondition Restrict(string action, RqlCondition condition) => new RqlAll([
        condition,
        new RqlMatch(
            RqlSchema.Tasks.Find(["status"])!, RqlTest.Equal, [.. StatusesOf(action).Select(static status => new RqlText(status))]),
    ]);
}
