namespace TasksBus.Storage;

/// <summary>The tasks whose deadline has passed.</summary>
public interface IOverdueTasks
{
    /// <summary>Running tasks whose deadline has passed on the store's clock, the longest overdue first.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken);
}
