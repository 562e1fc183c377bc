using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Execution;

/// <summary>Invokes a claimed task's function and turns the result into the event to report.</summary>
internal sealed class TaskInvocation(
    IFunctionInvoker invoker, TimeSpan longestTime, KeptResults results, TaskMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// How long after the worker gives up an invocation the saga's timeout ends the task. It is the time for the report.
    /// </summary>
    private static readonly TimeSpan s_reportMargin = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    /// <summary>How long after a function's time limit the saga's timeout ends the task.</summary>
    public static TimeSpan DeadlineMargin(IFunctionInvoker invoker) => invoker.Margin + s_reportMargin;

    /// <param name="used">How much of the time until the saga's timeout may have passed before this process learned that its claim is
    /// committed.</param>
    /// <param name="goesOn">Called if the function goes on in this process although its task ends.</param>
    /// <returns><see cref="FunctionReturned"/>, <see cref="FunctionFailed"/> or <see cref="FunctionNotRun"/>.</returns>
    public async Task<TaskEvent> RunAsync(
        TaskRecord task, FunctionPolicy function, WorkerLease lease, TimeSpan used, Action<Task> goesOn)
    {
        var claimedAt = clock.GetTimestamp();
        if (!function.IsEnabled)
        {
            return new FunctionFailed(task.Id.ToGuid(), task.ClaimId!.Value, Errors.FunctionDisabled, null);
        }

        if (!lease.HasMargin)
        {
            return NotRun(
                task, claimedAt, "LeaseLost", "The worker could not renew its lease in time, so it did not invoke the function.", s_soon);
        }

        if (used > s_reportMargin)
        {
            return NotRun(
                task, claimedAt, "ClaimedTooLate",
                "The database confirmed the claim so late that the function would not have had its whole time.", s_soon);
        }

        var result = await InvokeAsync(task, function.TimeLimitWithin(longestTime), lease, goesOn);
        return result is InvocationResult.NotRunYet notYet
            ? NotRun(task, claimedAt, notYet.Name, notYet.Message, notYet.RetryAfter)
            : Ending(task, result);
    }

    /// <summary>Invokes the function, unless the lease ends before the invocation goes out. Every failure is a result.</summary>
    public Task<InvocationResult> InvokeAsync(
        TaskRecord task, TimeSpan timeLimit, WorkerLease lease, Action<Task>? goesOn = null) => Outcomes.InvokeAsync(
        task.FunctionName, (invoker, logger, task, timeLimit, lease, goesOn),
        // A connection may take long, or this process may be frozen. So the lease is checked when the invocation goes out.
        static (run, token) => run.invoker.InvokeAsync(
            new(run.task.FunctionName, TaskJson.ToBytes(run.task), run.timeLimit)
            {
                MaySend = () => run.lease.HasMargin,
                TraceParent = TaskTraces.Current ?? run.task.TraceParent,
                GoesOn = run.goesOn ?? (static _ => { }),
            }, token),
        static _ => Errors.TimeLimitExceeded.Message,
        static (run, exception) => run.logger.InvocationBroke(run.task.Id, exception),
        timeLimit + invoker.Margin, metrics, clock);

    /// <summary>What a result means for a task that ends by it. That includes a task that was not run and will not be.</summary>
    /// <returns><see cref="FunctionReturned"/> or <see cref="FunctionFailed"/>.</returns>
    public TaskEvent Ending(TaskRecord task, InvocationResult result)
    {
        var (id, claim) = (task.Id.ToGuid(), task.ClaimId!.Value);
        return Outcomes.ErrorOf(result) is not { } error
            ? new FunctionReturned(id, claim, Outcomes.LogOf(result))
            {
                RequestId = result.RequestId,
                Result = result is InvocationResult.Succeeded done ? results.Of(task.FunctionName, done.Payload) : default,
            }
            : new FunctionFailed(id, claim, error, Outcomes.LogOf(result))
            {
                RequestId = result.RequestId,
                MayBeRetried = result is InvocationResult.FunctionFailed or InvocationResult.NotInvoked,
            };
    }

    /// <param name="claimedAt">The time on this machine's clock. The time at which the task was found not to run is converted to the
    /// database's clock, because the next worker's clock may differ.</param>
    private FunctionNotRun NotRun(TaskRecord task, long claimedAt, string name, string message, TimeSpan? after) => new(
        task.Id.ToGuid(), task.ClaimId!.Value, new(TaskErrorTypes.Invocation, name, message),
        task.StatusChangedTimestamp + clock.GetElapsedTime(claimedAt),
        Wait(task.NotRunCount, after));

    /// <summary>Half a second, doubled with each try, with jitter. Longer if Lambda asks for it. At most a minute.</summary>
    private static TimeSpan Wait(int tries, TimeSpan? asked)
    {
        var backoff = TimeSpan.FromSeconds(0.5) * Math.Pow(2, Math.Min(tries, 10)) * (0.5 + Random.Shared.NextDouble() / 2);
        var wait = asked > backoff ? asked.Value : backoff;
        return wait < s_longestBackoff ? wait : s_longestBackoff;
    }
}
