using System.Globalization;
using System.Text.RegularExpressions;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Parts;

/// <param name="At">Null when it is not known, or has not come.</param>
/// <param name="Note">How long it took. Null when there is nothing to say.</param>
internal sealed record TimelineStep(string Name, DateTimeOffset? At, string? Note, bool IsReached);

/// <summary>The steps of a task's life, with the time between them.</summary>
internal static partial class TaskTimeline
{
    /// <param name="ran">How long the function ran by its log. Null when the log does not say.</param>
    public static IEnumerable<TimelineStep> Of(TaskRecord task, TimeSpan? ran, DateTimeOffset now)
    {
        var (created, due, changed) = (task.CreationTimestamp, task.StartTimestamp ?? task.CreationTimestamp, task.StatusChangedTimestamp);
        var ready = task.DueTimestamp;
        yield return new("Created", created, null, true);
        yield return new("Due", due, due > created ? $"{Words.Duration(due - created)} after its creation" : null, due <= now);
        switch (task.Status)
        {
            case TaskStates.New:
                yield return new("Waits", null, task.NotRunCount > 0 ? $"not run {task.NotRunCount} times so far" : null, due <= now);
                break;
            case TaskStates.Canceled:
                yield return new("Canceled", changed, "it never ran", true);
                break;
            case TaskStates.InProgress:
                yield return new("Claimed", changed, $"{Words.Duration(changed - ready)} after it was due", true);
                yield return new("Runs", null, $"for {Words.Duration(now - changed)} so far", true);
                break;
            default:
                if (ran is { } run)
                {
                    var begun = changed - run;
                    yield return new("Ran", null, $"for {Words.Duration(run)}, by its log"
                        + (begun > ready ? $"; it waited {Words.Duration(begun - ready)} before" : ""), true);
                }

                yield return new(
                    char.ToUpperInvariant(task.Status[0]) + task.Status[1..], changed,
                    changed > ready ? $"{Words.Duration(changed - ready)} after it was due" : null, true);
                break;
        }
    }

    /// <summary>How long the function ran, by the line that Lambda adds to its log. Null when there is no such line.</summary>
    public static TimeSpan? RunIn(string log) =>
        Report().Matches(log) is [.., var report]
        && double.TryParse(report.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds < TasksBusOptions.MaxTimeLimit.TotalMilliseconds * 2
            ? TimeSpan.FromMilliseconds(milliseconds) : null;

    [GeneratedRegex(@"^\x1f?(?:\d+ )?REPORT RequestId: \S+\tDuration: (\d{1,12}(?:\.\d{1,6})?) ms\t", RegexOptions.Multiline)]
    private static partial Regex Report();
}
