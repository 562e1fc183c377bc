using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The real store of commits, which a test can watch or interrupt.</summary>
internal sealed class WatchedCommits(ICommitStore inner) : ICommitStore
{
    /// <summary>Runs after a commit, before anybody hears of it.</summary>
    public Func<IReadOnlyList<TaskChange>, Task> Committed { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Ids that were asked for and not found.</summary>
    public ConcurrentQueue<TaskId> Missed { get; } = [];

    /// <summary>Every event that was committed.</summary>
    public ConcurrentQueue<OutgoingEvent> Events { get; } = [];

    public FunctionPolicies Functions => inner.Functions;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) =>
        inner.RefreshFunctionsAsync(cancellationToken);

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        var found = await inner.LoadAsync(ids, withInput, cancellationToken);
        foreach (var id in ids.Where(id => !found.ContainsKey(id)))
        {
            Missed.Enqueue(id);
        }

        return found;
    }

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        var outcomes = await inner.CommitAsync(changes, cancellationToken);
        for (var i = 0; i < outcomes.Length; i++)
        {
            foreach (var outgoing in outcomes[i] == CommitOutcome.Applied ? changes[i].Events : [])
            {
                Events.Enqueue(outgoing);
            }
        }

        await Committed(changes);
        return outcomes;
    }
}
