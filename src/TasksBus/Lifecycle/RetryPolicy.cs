using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>Decides whether a failed task is retried, and when: as the function's settings say, at most three times.</summary>
internal static class RetryPolicy
{
    /// <summary>The waits between a failure and the next try: the first, the second and the third.</summary>
    public static readonly IReadOnlyList<TimeSpan> Waits = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)];

    /// <param name="successorId">The id for the task that retries this one.</param>
    /// <returns>Null when the task is not retried.</returns>
    public static RetryPlan? PlanFor(this FunctionPolicy function, TaskRecord task, TaskError error, TaskId successorId)
    {
        var retries = task.RetryForTaskIds.Count;
        var applies = function.IsRetried && retries < Waits.Count
            && (function.ErrorsToRetry.Count == 0 || function.ErrorsToRetry.Contains(error.Name));
        return applies ? new(successorId.ToString(), Waits[retries]) : null;
    }
}
