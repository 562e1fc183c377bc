namespace TasksBus.Storage;

/// <summary>Who leads.</summary>
public interface ILeaderLease
{
    /// <summary>Makes the caller the leader, or keeps it so, unless another's lease runs. Null: another leads.</summary>
    Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Ends the caller's lease, so that another may lead at once.</summary>
    Task ResignAsync(Guid owner, CancellationToken cancellationToken);
}
