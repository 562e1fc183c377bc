using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The real store of commits, which a test can watch or interrupt.</summary>
internal sealed class WatchedCommits(ICommitStore inner) : ICommitStore
{
    private int _underWay;

    /// <summary>Runs after a commit, before anybody hears of it.</summary>
    public Func<IReadOnlyList<TaskChange>, Task> Committed { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Ids that were asked for and not found.</summary>
    public ConcurrentQueue<TaskId> Missed { get; } = [];

    /// <summary>Every event that was committed.</summary>
    public ConcurrentQueue<OutgoingEvent> Events { get; } = [];

    /// <summary>True when no commit is under way whose events are not in <see cref="Events"/> yet.</summary>
    public bool AreSettled => Volatile.Read(ref _underWay) == 0;

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
        CommitOutcome[] outcomes;
        Interlocked.Increment(ref _underWay);
        try
        {
            outcomes = await inner.CommitAsync(changes, cancellationToken);
            for (var i = 0; i < outcomes.Length; i++)
            {
                foreach (var outgoing in outcomes[i] == CommitOutcome.Applied ? changes[i].Events : [])
                {
                    Events.Enqueue(outgoing);
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }

        await Committed(changes);
        return outcomes;
    }
}
