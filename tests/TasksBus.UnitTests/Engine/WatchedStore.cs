using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The real store, with places where a test can look on or step between.</summary>
internal sealed class WatchedStore(ITaskStore inner) : ITaskStore
{
    private int _refreshes;
    private int _sweeps;

    /// <summary>Runs after a commit, before anybody hears of it.</summary>
    public Func<IReadOnlyList<TaskChange>, Task> Committed { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs before published events are forgotten.</summary>
    public Func<Task> DeletingEvents { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs before a heartbeat.</summary>
    public Func<Task> Beating { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs before tasks past their deadline are looked for.</summary>
    public Func<Task> Sweeping { get; set; } = static () => Task.CompletedTask;

    /// <summary>Runs before a list of tasks is read.</summary>
    public Func<Task> Listing { get; set; } = static () => Task.CompletedTask;

    /// <summary>How many tasks are marked ready in one step at most.</summary>
    public int MarkAtMost { get; set; } = int.MaxValue;

    /// <summary>How often tasks past their deadline were looked for.</summary>
    public int Sweeps => _sweeps;

    /// <summary>Ids that were asked for and not found.</summary>
    public ConcurrentQueue<TaskId> Missed { get; } = [];

    /// <summary>Every event that was committed.</summary>
    public ConcurrentQueue<OutgoingEvent> Events { get; } = [];

    public FunctionPolicies Functions => inner.Functions;

    /// <summary>How often the functions were read.</summary>
    public int Refreshes => _refreshes;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _refreshes);
        return inner.RefreshFunctionsAsync(cancellationToken);
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

    public async Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken)
    {
        await DeletingEvents();
        await inner.DeleteEventsAsync(positions, cancellationToken);
    }

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        NoteMissedAsync(ids, inner.LoadAsync(ids, withInput, cancellationToken));

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        NoteMissedAsync(ids, inner.LookAsync(ids, withInput, cancellationToken));

    private async Task<IReadOnlyDictionary<TaskId, TaskRecord>> NoteMissedAsync(IReadOnlyCollection<TaskId> ids, Task<IReadOnlyDictionary<TaskId, TaskRecord>> reading)
    {
        var found = await reading;
        foreach (var id in ids.Where(id => !found.ContainsKey(id)))
        {
            Missed.Enqueue(id);
        }

        return found;
    }

    public Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken) => inner.MarkReadyAsync(pool, Math.Min(limit, MarkAtMost), cancellationToken);

    public Task<PoolView> ViewPoolAsync(long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit, CancellationToken cancellationToken) =>
        inner.ViewPoolAsync(epoch, pool, released, from, lowest, limit, cancellationToken);

    public Task TidyAsync(CancellationToken cancellationToken) => inner.TidyAsync(cancellationToken);

    public Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken) => inner.WaitingPoolsAsync(cancellationToken);

    public async Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken)
    {
        await Sweeping();
        var overdue = await inner.OverdueAsync(epoch, limit, cancellationToken);
        Interlocked.Increment(ref _sweeps);
        return overdue;
    }

    public Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken) => inner.OrphansAsync(epoch, limit, cancellationToken);

    public Task<DueSchedules> DueSchedulesAsync(long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken) =>
        inner.DueSchedulesAsync(epoch, except, limit, cancellationToken);

    public Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken) => inner.AdvanceScheduleAsync(advance, cancellationToken);

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => inner.NowAsync(cancellationToken);

    public Task<RemovalStep> RemoveOldAsync(long epoch, Kept what, TimeSpan age, long after, int limit, CancellationToken cancellationToken) =>
        inner.RemoveOldAsync(epoch, what, age, after, limit, cancellationToken);

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) => inner.NextEventsAsync(limit, cancellationToken);

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => inner.AddWorkerAsync(worker, cancellationToken);

    public async Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken)
    {
        await Beating();
        return await inner.HeartbeatAsync(workerId, slots, cancellationToken);
    }

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) => inner.RemoveWorkerAsync(workerId, cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => inner.WorkersAsync(cancellationToken);

    public Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken) => inner.LeadAsync(owner, lease, cancellationToken);

    public Task ResignAsync(Guid owner, CancellationToken cancellationToken) => inner.ResignAsync(owner, cancellationToken);

    public Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken) => inner.RemoveSilentWorkerAsync(epoch, worker, cancellationToken);

    public async Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken)
    {
        await Listing();
        return await inner.FindAsync(query, cancellationToken);
    }

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) => inner.LogAsync(id, cancellationToken);
}
