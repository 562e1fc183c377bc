using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>Invokes a claimed task's function and turns what came of it into the event to report.</summary>
internal sealed class Invocation(IFunctionInvoker invoker, TimeSpan longestTime, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// Beyond the time limit: time to connect, and for Lambda's own report of a time-out, with its log, to arrive first. Less than the saga's
    /// own margin (<see cref="Worker.TimeoutMargin"/>).
    /// </summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromMinutes(1);

    /// <returns><see cref="FunctionReturned"/>, <see cref="FunctionFailed"/> or <see cref="FunctionNotRun"/>.</returns>
    public async Task<object> RunAsync(TaskRecord task, FunctionPolicy function, WorkerLease lease)
    {
        var (id, claim) = (task.Id.ToGuid(), task.ClaimId!.Value);
        if (!function.IsEnabled)
        {
            return new FunctionFailed(id, claim, Errors.FunctionDisabled, null);
        }

        if (!lease.HasMargin)
        {
            return NotRun(task, "LeaseLost", "The worker could not renew its lease in time, so it did not invoke the function.", TimeSpan.FromSeconds(1));
        }

        InvocationResult result;
        var timeLimit = function.TimeLimitWithin(longestTime);
        using var deadline = new CancellationTokenSource(timeLimit + s_margin, clock);
        try
        {
            // A connection may take long, or this process be frozen: whether the lease holds counts when the invocation goes out.
            result = await invoker.InvokeAsync(new(task.FunctionName, TaskJson.ToBytes(task), timeLimit) { MaySend = () => lease.HasMargin }, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new FunctionFailed(id, claim, Errors.TimeLimitExceeded, null);
        }
        catch (Exception exception)
        {
            logger.InvocationBroke(task.Id, exception);
            return new FunctionFailed(id, claim, new(TaskErrorTypes.Runtime, exception.GetType().Name,
                ErrorText.Clean($"The invocation failed in an unexpected way: {exception.Message}", ErrorText.MessageLimit)), null);
        }

        return result switch
        {
            InvocationResult.Succeeded done => new FunctionReturned(id, claim, Storable(done.Log)),
            InvocationResult.FunctionFailed failed => new FunctionFailed(id, claim, new(TaskErrorTypes.Runtime, failed.Name, failed.Message), Storable(failed.Log)) { MayBeRetried = true },
            InvocationResult.NotInvoked refused => new FunctionFailed(id, claim, new(TaskErrorTypes.Invocation, refused.Name, refused.Message), null) { MayBeRetried = true },
            InvocationResult.NotRunYet notYet => NotRun(task, notYet.Name, notYet.Message, notYet.RetryAfter),
            InvocationResult.Unknown unknown => new FunctionFailed(id, claim, new(TaskErrorTypes.Runtime, unknown.Name, unknown.Message), null),
            _ => throw new InvalidOperationException($"{result.GetType().Name} is no result of an invocation."),
        };
    }

    private FunctionNotRun NotRun(TaskRecord task, string name, string message, TimeSpan? after) =>
        new(task.Id.ToGuid(), task.ClaimId!.Value, new(TaskErrorTypes.Invocation, name, message), clock.GetUtcNow(), Wait(task.NotRunCount, after));

    /// <summary>Half a second, doubled with each try, with jitter; longer where Lambda asks for it. At most a minute.</summary>
    private static TimeSpan Wait(int tries, TimeSpan? asked)
    {
        var backoff = TimeSpan.FromSeconds(0.5) * Math.Pow(2, Math.Min(tries, 10)) * (0.5 + Random.Shared.NextDouble() / 2);
        var wait = asked > backoff ? asked.Value : backoff;
        return wait < s_longestBackoff ? wait : s_longestBackoff;
    }

    /// <summary>No database takes U+0000 in text everywhere.</summary>
    private static string? Storable(string? log) => log?.Replace('\0', '\uFFFD');
}
