using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Tests.Storage;

/// <summary>A store that counts its commits, holds them up, and fails when a test says so.</summary>
internal sealed class StoreWithFaults(ICommitStore inner) : ICommitStore
{
    private readonly Lock _counting = new();
    private readonly List<TaskId[]> _batches = [];

    public ICommitStore Inner { get; set; } = inner;

    public Func<IReadOnlyCollection<TaskId>, Task>? BeforeLoad { get; set; }

    public Func<IReadOnlyList<TaskChange>, Task>? BeforeCommit { get; set; }

    public Func<IReadOnlyList<TaskChange>, Task>? AfterCommit { get; set; }

    /// <summary>The tasks of each batch that was to be committed.</summary>
    public IReadOnlyList<TaskId[]> Batches
    {
        get
        {
            lock (_counting)
            {
                return [.. _batches];
            }
        }
    }

    /// <summary>Holds up the next commit, so that what is submitted meanwhile gathers in the batch after it.</summary>
    /// <returns>Completes when a commit is held; its result lets it go.</returns>
    public Task<Action> HoldNextCommit()
    {
        TaskCompletionSource<Action> held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        BeforeCommit = async _ =>
        {
            BeforeCommit = null;
            held.SetResult(release.SetResult);
            await release.Task;
        };
        return held.Task;
    }

    public FunctionPolicies Functions => Inner.Functions;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) =>
        Inner.RefreshFunctionsAsync(cancellationToken);

    /// <summary>Whether inputs were read, of each load.</summary>
    public ConcurrentQueue<bool> Loads { get; } = [];

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        Loads.Enqueue(withInput);
        await (BeforeLoad?.Invoke(ids) ?? Task.CompletedTask);
        return await Inner.LoadAsync(ids, withInput, cancellationToken);
    }

    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        lock (_counting)
        {
            _batches.Add([.. changes.Select(static change => change.Task.Id)]);
        }

        await (BeforeCommit?.Invoke(changes) ?? Task.CompletedTask);
        var outcomes = await Inner.CommitAsync(changes, cancellationToken);
        await (AfterCommit?.Invoke(changes) ?? Task.CompletedTask);
        return outcomes;
    }
}
