using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>Writes one log entry for each task that failed, whatever failed it.</summary>
internal static class FailureLog
{
    /// <summary>How many characters of an error are logged at most. The whole error is stored with the task.</summary>
    private const int MaxError = 500;

    /// <param name="changes">The committed changes.</param>
    public static void Failures(this ILogger logger, IReadOnlyList<TaskChange> changes)
    {
        foreach (var change in changes)
        {
            var task = change.Task;
            if (task.Error is not { } error || task.Status is not (TaskStates.Failed or TaskStates.Retried))
            {
                continue;
            }

            var message = Excerpt.Of(error.Message, MaxError);
            if (task.Status == TaskStates.Failed)
            {
                logger.TaskFailed(task.Id, task.FunctionName, error.Name, error.Type, message);
            }
            else
            {
                logger.TaskRetried(task.Id, task.FunctionName, task.RetriedByTaskId, error.Name, error.Type, message);
            }
        }
    }
}
