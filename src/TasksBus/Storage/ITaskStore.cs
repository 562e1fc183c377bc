using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;

namespace TasksBus.Storage;

/// <summary>
/// Where tasks live. Its clock decides what is due. Every method throws <see cref="StoreUnavailableException"/> when the
/// database cannot be reached, and may then be called again.
/// </summary>
public interface ITaskStore
{
    /// <summary>
    /// The managed functions, as they were read last. A change that was computed from them (<see cref="TaskChange.FunctionsRevision"/>) is
    /// written only while they are so still: in the same transaction, whichever process changed them.
    /// </summary>
    FunctionPolicies Functions { get; }

    /// <summary>Reads the managed functions again, if they have changed.</summary>
    /// <returns>The functions as they were during this call, or later.</returns>
    Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken);

    /// <summary>Reads the tasks that exist, as one snapshot: for steps, on the connections that they have.</summary>
    /// <param name="withInput">Whether their inputs are read. They may be large, and hardly any step needs them.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);

    /// <summary>Reads tasks for a caller who wants to see them, on connections that no step waits for.</summary>
    /// <param name="withInput">Whether their inputs are read.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);

    /// <summary>
    /// Writes all changes in one transaction, each only where its task is still at the expected version. The outcomes are in the
    /// order of <paramref name="changes"/>, which hold each task at most once. An applied insert gets its number and times. One that was
    /// computed from functions that have changed since is a conflict, and <see cref="Functions"/> is read again.
    /// </summary>
    /// <exception cref="CommitOutcomeUnknownException">The transaction may or may not be committed: read the tasks again.</exception>
    /// <exception cref="TaskIdTakenException">One of several tasks that belong together has an id that is known.</exception>
    Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken);

    /// <summary>Marks due tasks of a pool as ready, the most urgent first.</summary>
    Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// One snapshot of a pool: the room of its live workers, which of the <paramref name="released"/> are still unclaimed, and the
    /// most urgent ready tasks that are not released yet, from the place <paramref name="from"/> (null: the top) down to
    /// <paramref name="lowest"/>: no more than there are free slots.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<PoolView> ViewPoolAsync(
        long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit, CancellationToken cancellationToken);

    /// <summary>The pools that have waiting tasks.</summary>
    Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken);

    /// <summary>Clears away what claims and reports left behind, where the database needs telling.</summary>
    Task TidyAsync(CancellationToken cancellationToken);

    /// <summary>Running tasks whose deadline has passed on the store's clock, the longest passed first.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken);

    /// <summary>Running tasks whose worker is not alive.</summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken);

    /// <summary>The schedules whose tick is due, the longest due first.</summary>
    /// <param name="except">Schedules that are left out.</param>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<DueSchedules> DueSchedulesAsync(long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken);

    /// <summary>Moves a schedule on past a tick that makes no task, unless it was changed meanwhile or the epoch is over.</summary>
    /// <returns>Whether it was moved on.</returns>
    Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken);

    /// <summary>The time on the store's clock.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken);

    /// <summary>
    /// One step of a walk over what may be old, in the order of the tasks' numbers: looks at up to <paramref name="limit"/> rows behind the number
    /// <paramref name="after"/>, and removes those older than <paramref name="age"/> on the store's clock, each with all that belongs to it: in one transaction, all or none.
    /// A task that is not final is never touched.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task<RemovalStep> RemoveOldAsync(long epoch, Kept what, TimeSpan age, long after, int limit, CancellationToken cancellationToken);

    /// <summary>The oldest events that are still to be published, oldest first.</summary>
    Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Forgets events that the broker has confirmed.</summary>
    Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken);

    /// <summary>Adds a worker, alive from now on.</summary>
    Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>Says that a worker is alive, and how many slots it offers. False: it was declared dead and never revives.</summary>
    Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken);

    /// <summary>Takes out a worker that ends; its running tasks become orphans.</summary>
    Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken);

    /// <summary>
    /// Declares a worker dead, unless it beat again meanwhile; its running tasks become orphans. Claims of its that are being committed
    /// are waited for, and later ones refused.
    /// </summary>
    /// <exception cref="LeadershipLostException">The epoch is over.</exception>
    Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken);

    /// <summary>The workers that are not declared dead.</summary>
    Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken);

    /// <summary>Makes the caller the leader, or keeps it so, unless another's lease runs. Null: another leads.</summary>
    Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Ends the caller's lease, so that another may lead at once.</summary>
    Task ResignAsync(Guid owner, CancellationToken cancellationToken);

    /// <summary>The page of tasks that a query on <see cref="RqlSchema.Tasks"/> asks for; without their inputs, where it does not show them.</summary>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>The log of a task, or null where it left none.</summary>
    Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken);
}

/// <param name="Due">The schedules, with their content.</param>
/// <param name="Now">The time on the store's clock.</param>
/// <param name="NextAt">When the next of the others is due; null where none is.</param>
public sealed record DueSchedules(IReadOnlyList<ScheduleRow> Due, long Now, long? NextAt);

/// <summary>A schedule's step past a tick: taken while the schedule is at its version and the epoch is the leader's.</summary>
/// <param name="NextAt">The tick that is next; null where there is none.</param>
/// <param name="LastTaskId">The task of the tick, where it makes one.</param>
public sealed record ScheduleAdvance(TaskId ScheduleId, long Version, long? NextAt, TaskId? LastTaskId, long Epoch);

/// <summary>A task's place in the exact order: higher priority, then earlier start, then earlier insertion.</summary>
public readonly record struct Rank(long Priority, long StartMicroseconds, long Number) : IComparable<Rank>
{
    /// <summary>Negative: this one is more urgent.</summary>
    public int CompareTo(Rank other) =>
        Priority != other.Priority ? other.Priority.CompareTo(Priority)
        : StartMicroseconds != other.StartMicroseconds ? StartMicroseconds.CompareTo(other.StartMicroseconds)
        : Number.CompareTo(other.Number);

    public static bool operator <(Rank left, Rank right) => left.CompareTo(right) < 0;

    public static bool operator >(Rank left, Rank right) => left.CompareTo(right) > 0;

    public static bool operator <=(Rank left, Rank right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Rank left, Rank right) => left.CompareTo(right) >= 0;
}

/// <param name="DueIn">How long until the first of its tasks may be released: zero where one may be now.</param>
public sealed record WaitingPool(string Pool, TimeSpan DueIn);

/// <param name="Count">How many were marked.</param>
/// <param name="Lowest">Set where due tasks may remain unmarked: the last one that was marked. Nothing that ranks below it may be released.</param>
public sealed record MarkedReady(int Count, Rank? Lowest);

public readonly record struct ReadyTask(TaskId Id, Rank Rank);

/// <param name="Workers">How many live workers serve the pool.</param>
/// <param name="FreeSlots">Slots of the pool's live workers, less the tasks that run on them.</param>
/// <param name="Unclaimed">Which of the released tasks still wait for a claim, by number.</param>
/// <param name="NextDueIn">How long until a task of the pool that is not marked ready is due: zero where one is; null where none waits.</param>
/// <param name="Next">The most urgent ready tasks that are not released.</param>
public sealed record PoolView(int Workers, int FreeSlots, TimeSpan? NextDueIn, IReadOnlySet<long> Unclaimed, IReadOnlyList<ReadyTask> Next);

/// <param name="Now">The time on the store's clock.</param>
public sealed record OverdueTasks(long Now, IReadOnlyList<RunningTask> Tasks);

/// <summary>A running task, with times on the store's clock.</summary>
public readonly record struct RunningTask(TaskId Id, long ClaimedAt, long DeadlineAt);

/// <summary>A running task and the worker that is gone.</summary>
public readonly record struct Orphan(TaskId TaskId, Guid WorkerId);

/// <param name="Epoch">Rises with each change of leader.</param>
/// <param name="HeldBecause">Set while nothing may be released: why.</param>
public sealed record LeaderTerm(long Epoch, string? HeldBecause);

public sealed record StoredEvent(long Position, OutgoingEvent Event);

/// <param name="Beat">Rises with each heartbeat.</param>
public sealed record WorkerRow(Guid Id, string Pool, int Slots, int Running, string Host, string Version, long Beat);

/// <param name="Total">How many there are in all; null where the query skips the count.</param>
/// <param name="Limit">Set where the page ends before its limit, because its inputs would be too large: how many the page has gone through.</param>
public sealed record TaskPage(IReadOnlyList<TaskRecord> Tasks, long? Total, int? Limit = null);

/// <param name="Text">Empty where there is none.</param>
/// <param name="RequestId">Lambda's id of the invocation, where one is known.</param>
public sealed record TaskLog(string Text, DateTimeOffset ReceivedAt, string? RequestId = null);

/// <summary>The database cannot be reached now.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Nothing is stored any more, for the server stops. The step may be taken by another.</summary>
public sealed class ServerStoppingException() : StoreUnavailableException("The server is stopping.");

/// <summary>A list takes longer than lists may: they must not keep the database from its work.</summary>
public sealed class QueryTooSlowException(TimeSpan longest, Exception? inner = null) : Exception(
    $"The query takes longer than {longest.TotalSeconds:0.#} seconds on what is stored, so it was stopped. Narrow it by id, status, functionName, creationTimestamp or startTimestamp, or leave out the count with skipCount().", inner);

/// <summary>A task that was to be stored together with others has an id that is known: none of them was stored.</summary>
public sealed class TaskIdTakenException(TaskId? id = null, Exception? inner = null)
    : Exception(id is { } taken ? $"The id {taken} is taken." : "The id of a task that was to be stored with others is taken.", inner);

/// <summary>Nobody knows whether the transaction was committed.</summary>
public sealed class CommitOutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process leads now: what this one decided as the leader must not be done.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
