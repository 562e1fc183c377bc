using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>Stores how invocations ended.</summary>
internal sealed class Reports(TaskTransitions transitions, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// Stores the outcome, however long the database is away. A finished function's outcome is never dropped while the process lives.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was canceled while waiting for the next try.</exception>
    public Task<TransitionResult> StoreAsync(TaskRecord task, TaskEvent report, CancellationToken cancellationToken)
    {
        var (known, successorId) = ((TaskRecord?)task, TaskId.New(clock));
        return Backoff.RetryAsync<TransitionResult, Exception>(clock, () => report is FunctionFailed { MayBeRetried: true } failed
            ? transitions.RaiseWithFunctionsAsync(task.Id, report.Kind, (_, functions) =>
                failed with { Retry = functions.Of(task.FunctionName).PlanFor(task, failed.Error, successorId) }, known)
            : transitions.RaiseAsync(report, known), exception =>
        {
            logger.ReportWaits(task.Id, exception);
            known = null;
        }, cancellationToken);
    }
}
