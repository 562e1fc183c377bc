using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <content>
/// Functions in this process that go on although their tasks have ended, because they do not observe their cancellation. Nobody can stop
/// them. Each keeps its slot, and the worker offers one less, until it returns.
/// </content>
internal sealed partial class Worker
{
    private int _goingOn;

    /// <summary>Refuses a pool of workers of the other kind, before anything is taken from its queue.</summary>
    /// <exception cref="PoolTakenException">There are such workers.</exception>
    private async Task RequirePoolAsync(CancellationToken cancellationToken)
    {
        var isOfOwn = _invoker.Functions is not null;
        if ((await _others.WorkersAsync(cancellationToken))
            .FirstOrDefault(other => other.Pool == Pool && other.Functions is not null != isOfOwn) is { } stranger)
        {
            throw PoolTakenException.Of(stranger with { Functions = _invoker.Functions, Pool = Pool }, stranger.Host);
        }
    }

    /// <summary>Returns true when the function can be invoked here.</summary>
    private bool Has(string functionName) =>
        _functions is null || _functions.Contains(FunctionName.BareName(functionName));

    /// <summary>Offers one slot less before the report is stored, because then the store counts the task as ended.</summary>
    private Task OfferLessAsync(TaskRecord task)
    {
        _logger.GoesOn(task.FunctionName, task.Id, Interlocked.Increment(ref _goingOn));
        return _lease.BeatAsync(Offered, CancellationToken.None);
    }

    /// <summary>Waits until the function has returned. How it ended matters to nobody any more.</summary>
    private async Task UntilReturnedAsync(TaskRecord task, Task rest)
    {
        await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _goingOn);
        _logger.SlotFreed(task.FunctionName, task.Id);
    }
}
