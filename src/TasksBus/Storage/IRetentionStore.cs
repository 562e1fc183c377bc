namespace TasksBus.Storage;

/// <summary>Removes what is old.</summary>
public interface IRetentionStore
{
    /// <summary>
    /// One step of a walk over what may be old, in the order of the tasks' numbers: looks at up to <paramref name="limit"/> rows behind the number
    /// <paramref name="after"/>, and removes those older than <paramref name="age"/> on the store's clock, each with all that belongs to it: in one transaction, all or none.
    /// A task that is not final is never touched.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<RemovalStep> RemoveOldAsync(long epoch, Prunable what, TimeSpan age, long after, int limit, CancellationToken cancellationToken);
}
