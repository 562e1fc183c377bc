using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>Stores how invocations ended.</summary>
internal sealed class Reports(TaskTransitions transitions, TimeProvider clock, ILogger logger)
{
    /// <summary>Stores the outcome, however long the database is away: a finished function's outcome is never dropped while the process lives.</summary>
    /// <param name="report"><see cref="FunctionReturned"/>, <see cref="FunctionFailed"/> or <see cref="FunctionNotRun"/>.</param>
    /// <exception cref="OperationCanceledException">The token was canceled while waiting for the next try.</exception>
    public Task<TransitionResult> StoreAsync(TaskRecord task, object report, CancellationToken cancellationToken)
    {
        var (known, successorId) = ((TaskRecord?)task, TaskId.New(clock));
        return Backoff.RetryAsync<TransitionResult, Exception>(clock, () => report switch
        {
            FunctionReturned returned => transitions.RaiseAsync(task.Id, transitions.Machine.Returned, returned, known),
            FunctionFailed { MayBeRetried: true } failed => transitions.RaiseWithFunctionsAsync(task.Id, transitions.Machine.FunctionFailed, (_, functions) =>
                failed with { Retry = functions.Of(task.FunctionName).PlanFor(task, failed.Error, successorId) }, known),
            FunctionFailed failed => transitions.RaiseAsync(task.Id, transitions.Machine.FunctionFailed, failed, known),
            FunctionNotRun notRun => transitions.RaiseAsync(task.Id, transitions.Machine.NotRun, notRun, known),
            _ => throw new InvalidOperationException($"{report.GetType().Name} is no report."),
        }, exception =>
        {
            logger.ReportWaits(task.Id, exception);
            known = null;
        }, cancellationToken);
    }
}
