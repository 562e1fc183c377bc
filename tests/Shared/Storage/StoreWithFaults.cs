using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.Tests.Storage;

/// <summary>A store that counts its commits, holds them up, and fails when a test says so.</summary>
internal sealed class StoreWithFaults(ITaskStore inner) : ITaskStore
{
    private readonly Lock _counting = new();
    private readonly List<TaskId[]> _batches = [];

    public ITaskStore Inner { get; set; } = inner;

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

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) => Inner.RefreshFunctionsAsync(cancellationToken);

    /// <summary>Whether inputs were read, of each load.</summary>
    public ConcurrentQueue<bool> Loads { get; } = [];

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        Loads.Enqueue(withInput);
        await (BeforeLoad?.Invoke(ids) ?? Task.CompletedTask);
        return await Inner.LoadAsync(ids, withInput, cancellationToken);
    }

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        Inner.LookAsync(ids, withInput, cancellationToken);

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

    public Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PoolView> ViewPoolAsync(long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task TidyAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DueSchedules> DueSchedulesAsync(long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken) =>
        Inner.DueSchedulesAsync(epoch, except, limit, cancellationToken);

    public Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken) => Inner.AdvanceScheduleAsync(advance, cancellationToken);

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => Inner.NowAsync(cancellationToken);

    public Task<RemovalStep> RemoveOldAsync(long epoch, Kept what, TimeSpan age, long after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ResignAsync(Guid owner, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) => throw new NotSupportedException();
}
