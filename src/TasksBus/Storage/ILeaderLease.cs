namespace TasksBus.Storage;

/// <summary>The lease of the leader.</summary>
public interface ILeaderLease
{
    /// <summary>
    /// Makes the caller the leader, or renews its lease, unless another's lease runs. Returns null when another process leads.
    /// </summary>
    Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Ends the caller's lease, so that another may lead at once.</summary>
    Task ResignAsync(Guid owner, CancellationToken cancellationToken);
}
