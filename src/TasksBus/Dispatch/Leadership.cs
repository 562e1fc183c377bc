using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>One dispatcher is active: it holds the leader's lease, and renews it in good time.</summary>
public sealed class Leadership(ITaskStore store, TimeProvider clock) : IDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private readonly Guid _self = Guid.NewGuid();
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private long? _renewedAt;

    /// <summary>Whether this process leads; asks the store when a third of the lease is used up.</summary>
    public async Task<bool> IsLeaderAsync(CancellationToken cancellationToken)
    {
        if (Holds(Lease / 3))
        {
            return true;
        }

        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (Holds(Lease / 3))
            {
                return true;
            }

            // Counted from before the question: the lease ends here no later than in the store.
            var asked = clock.GetTimestamp();
            _renewedAt = await store.LeadAsync(_self, Lease, cancellationToken) is null ? null : asked;
            return _renewedAt is not null;
        }
        finally
        {
            _renewing.Release();
        }
    }

    public void Dispose() => _renewing.Dispose();

    private bool Holds(TimeSpan part) => _renewedAt is { } at && clock.GetElapsedTime(at) < part;
}
