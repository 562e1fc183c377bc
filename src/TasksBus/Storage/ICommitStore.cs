namespace TasksBus.Storage;

/// <summary>
/// The store of steps. Every method throws <see cref="StoreUnavailableException"/> when the database cannot be reached, and may then be
/// called again.
/// </summary>
public interface ICommitStore : ITaskLoader, IFunctionPolicyStore
{
    /// <summary>
    /// Writes all changes in one transaction, each only if its task is still at the expected version. The outcomes are in the order of
    /// <paramref name="changes"/>, which contain each task at most once. An applied insert gets its number and times. A change that was
    /// computed from functions that have changed since is a conflict, and <see cref="Functions"/> is read again.
    /// </summary>
    /// <exception cref="CommitOutcomeUnknownException">The transaction may or may not be committed. Read the tasks again.</exception>
    /// <exception cref="TaskIdTakenException">One of several tasks that belong together has a known id.</exception>
    Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken);
}
