using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Telemetry;

/// <summary>A store whose commits are measured.</summary>
internal sealed class MeasuredCommits(ICommitStore store, TaskMetrics metrics, TimeProvider clock) : ICommitStore
{
    public FunctionPolicies Functions => store.Functions;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) =>
        store.RefreshFunctionsAsync(cancellationToken);

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        store.LoadAsync(ids, withInput, cancellationToken);

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        try
        {
            var outcomes = await store.CommitAsync(changes, cancellationToken);
            metrics.Commit(changes.Count, clock.GetElapsedTime(began));
            return outcomes;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or CommitOutcomeUnknownException)
        {
            metrics.DatabaseAway();
            throw;
        }
    }
}
