using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>
/// Does once, before the worker offers slots, what each task needs. So the code is compiled and the connections are open when the first
/// task comes. It takes a task that is stored nowhere from its claim to its report, and the database finds nothing to change.
/// </summary>
internal sealed class WarmUp(TaskTransitions transitions, IFunctionInvoker invoker, TimeProvider clock, ILogger logger)
{
    /// <summary>A worker that does not warm up works too, but slower at first.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Statements are prepared from their second use on.</summary>
    private const int Rehearsals = 3;

    public async Task RunAsync(Guid workerId, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            await Task.WhenAll(invoker.WarmUpAsync(patience.Token), RehearseAsync(workerId)).WaitAsync(patience.Token);
            logger.WarmedUp(clock.GetElapsedTime(started));
        }
        catch (Exception exception)
        {
            logger.NotWarmedUp(exception);
        }
    }

    private async Task RehearseAsync(Guid workerId)
    {
        for (var i = 0; i < Rehearsals; i++)
        {
            var (id, claimId) = (TaskId.New(), Guid.NewGuid());
            await transitions.RaiseAsync(new TaskClaimed(id.ToGuid(), claimId, workerId, TimeSpan.FromMinutes(1)), New(id));
            var running = New(id);
            (running.Status, running.ClaimId, running.WorkerId) = (TaskStates.InProgress, claimId, workerId);
            TaskJson.ToBytes(running);
            await transitions.RaiseAsync(new FunctionReturned(id.ToGuid(), claimId, "log"), running);
        }
    }

    /// <summary>No stored task has this number, because numbers begin at 1.</summary>
    private static TaskSaga New(TaskId id) =>
        new() { Id = id, Number = -1, Status = TaskStates.New, FunctionName = "warm-up", StartTimestamp = DateTimeOffset.UnixEpoch };
}
