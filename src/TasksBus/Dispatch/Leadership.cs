using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>Makes one dispatcher the active one: it holds the leader's lease and renews it in time.</summary>
public sealed class Leadership(ILeaderLease store, TimeProvider clock, ILogger<Leadership> logger) : IHostedService, IDisposable
{
    /// <summary>How long the others wait for a leader that died without resigning.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    /// <summary>Long enough for a process that stands by to ask.</summary>
    private static readonly TimeSpan s_aside = TimeSpan.FromSeconds(5);

    private readonly Guid _self = Guid.NewGuid();
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private LeaderTerm? _term;
    private LeaderTerm? _noted;
    private long? _asideSince;
    private long _renewedAt;
    private volatile bool _isStopping;

    /// <summary>True when this process leads, as far as it knows without asking.</summary>
    public bool IsHeld => Holds(Lease) is not null;

    /// <summary>
    /// Returns the term of this process, or null when it does not lead. It asks the store when a third of the lease is used up.
    /// </summary>
    public async Task<LeaderTerm?> TermAsync(CancellationToken cancellationToken)
    {
        if (Holds(Lease / 3) is { } term)
        {
            return term;
        }

        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (Holds(Lease / 3) is { } renewed)
            {
                return renewed;
            }

            if (_isStopping || (_asideSince is { } since && clock.GetElapsedTime(since) < s_aside))
            {
                return null;
            }

            _asideSince = null;

            // The time is taken before the request, so the lease ends here no later than in the store.
            var asked = clock.GetTimestamp();
            var given = await store.LeadAsync(_self, Lease, cancellationToken);
            Note(given);
            (_term, _renewedAt) = (given, asked);
            return given;
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <summary>Makes the next caller ask the store. Something went wrong, and the store or the leader may have changed.</summary>
    public void Doubt() => _term = null;

    /// <summary>
    /// Lets another process lead for a while, because this one cannot do a leader's work now, for example reach the broker.
    /// </summary>
    public async Task StepAsideAsync(CancellationToken cancellationToken)
    {
        _asideSince = clock.GetTimestamp();
        // A renewal that is under way would take the lease again.
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            _asideSince = clock.GetTimestamp();
            await ResignAsync(cancellationToken);
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return _term is null ? Task.CompletedTask : ResignAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _renewing.Dispose();

    private async Task ResignAsync(CancellationToken cancellationToken)
    {
        _term = null;
        try
        {
            await store.ResignAsync(_self, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The others wait until the lease runs out instead.
            logger.NotResigned(exception);
        }
    }

    private LeaderTerm? Holds(TimeSpan part) => _term is { } term && clock.GetElapsedTime(_renewedAt) < part ? term : null;

    private void Note(LeaderTerm? given)
    {
        if (given is null)
        {
            return;
        }

        if (_noted?.Epoch != given.Epoch)
        {
            logger.Leads(given.Epoch);
        }

        if (given.HeldBecause is { } reason && _noted?.HeldBecause != reason)
        {
            logger.Held(reason);
        }

        _noted = given;
    }
}
