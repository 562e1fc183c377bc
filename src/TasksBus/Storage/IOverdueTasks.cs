namespace TasksBus.Storage;

/// <summary>The tasks whose time is over.</summary>
public interface IOverdueTasks
{
    /// <summary>Running tasks whose deadline has passed on the store's clock, the longest passed first.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken);
}
