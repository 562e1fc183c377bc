using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>
/// A worker's right to act. Heartbeats keep it, and it is lost for good when they stop. Its id is new at each start and never revives.
/// </summary>
internal sealed class WorkerLease(IWorkerLeases store, TimeSpan lease, TimeProvider clock, ILogger logger)
{
    private readonly TaskCompletionSource _registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _confirmedAt;
    private volatile bool _isLost;

    public Guid WorkerId { get; } = Guid.NewGuid();

    /// <summary>Completes when the store knows the worker.</summary>
    public Task Registered => _registered.Task;

    /// <summary>True when the worker was declared dead, or gave the lease up.</summary>
    public bool IsLost => _isLost;

    /// <summary>
    /// Returns true when an invocation may be sent now, by this process's own clock, which goes on while the process is frozen. A worker
    /// that slept past its lease may have been declared dead, and its tasks failed.
    /// </summary>
    public bool HasMargin => !IsLost && clock.GetElapsedTime(_confirmedAt) < lease * 0.75;

    /// <param name="functions">The functions of this process. Null when the worker invokes any.</param>
    /// <exception cref="PoolTakenException">Workers of the other kind are in the pool.</exception>
    public async Task RegisterAsync(string pool, int slots, IReadOnlyList<string>? functions, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        await store.AddWorkerAsync(
            new(WorkerId, pool, slots, 0, Environment.MachineName, typeof(WorkerLease).Assembly.GetName().Version!.ToString(), 0)
            {
                Functions = functions,
            },
            cancellationToken);
        _confirmedAt = asked;
        _registered.TrySetResult();
    }

    /// <summary>Ends the right to act. Nothing is invoked under this lease any more.</summary>
    public void GiveUp() => _isLost = true;

    /// <summary>Sends heartbeats until it is canceled, or until the lease is lost.</summary>
    /// <param name="slots">The slots that are offered now. None while draining.</param>
    public async Task KeepAsync(Func<int> slots, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && !IsLost)
        {
            await Task.Delay(lease / 5, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellationToken.IsCancellationRequested)
            {
                await BeatAsync(slots(), cancellationToken);
            }
        }
    }

    public async Task BeatAsync(int slots, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        try
        {
            if (await store.HeartbeatAsync(WorkerId, slots, cancellationToken))
            {
                // The time is taken before the request, so the lease ends here no later than where it is watched.
                _confirmedAt = asked;
            }
            else
            {
                _isLost = true;
                logger.DeclaredDead(WorkerId);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.HeartbeatFailed(exception);
        }
    }
}
