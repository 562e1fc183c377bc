using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The leases of workers, which a test can interrupt.</summary>
internal sealed class WatchedLeases(IWorkerLeases inner) : IWorkerLeases
{
    /// <summary>Runs before a heartbeat.</summary>
    public Func<Task> Beating { get; set; } = static () => Task.CompletedTask;

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => inner.AddWorkerAsync(worker, cancellationToken);

    public async Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken)
    {
        await Beating();
        return await inner.HeartbeatAsync(workerId, slots, cancellationToken);
    }

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) =>
        inner.RemoveWorkerAsync(workerId, cancellationToken);
}
