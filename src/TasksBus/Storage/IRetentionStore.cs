namespace TasksBus.Storage;

/// <summary>Removes what is old.</summary>
public interface IRetentionStore
{
    /// <summary>
    /// Takes one step of a walk over rows that may be old, in the order of the tasks' numbers. It looks at up to <paramref name="limit"/>
    /// rows after the number <paramref name="after"/>. It removes those older than <paramref name="age"/> on the store's clock, each with
    /// everything that belongs to it, in one transaction. A task that is not final is never touched.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<RemovalStep> RemoveOldAsync(long epoch, Prunable what, TimeSpan age, long after, int limit, CancellationToken cancellationToken);
}
