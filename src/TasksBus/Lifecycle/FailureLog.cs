using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>One log entry for each task that failed, whatever failed it.</summary>
internal static class FailureLog
{
    /// <summary>Characters of an error that are logged at most; all of it is stored with the task.</summary>
    private const int MaxError = 500;

    /// <param name="changes">What was committed.</param>
    public static void Failures(this ILogger logger, IReadOnlyList<TaskChange> changes)
    {
        foreach (var change in changes)
        {
            var task = change.Task;
            if (task.Error is not { } error || task.Status is not (TaskStates.Failed or TaskStates.Retried))
            {
                continue;
            }

            var message = error.Message.Length <= MaxError ? error.Message : error.Message[..MaxError] + "...";
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
