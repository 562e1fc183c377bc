using Microsoft.Data.Sqlite;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.Sqlite;

/// <summary>The task store of a single server. SQLite has no clock of its own, so the machine's clock is the database's.</summary>
/// <param name="create">Makes the instance into which a stored task is read.</param>
internal sealed partial class SqliteTaskStore(SqliteDatabase database, TimeProvider clock, Func<TaskRecord> create) : ITaskStore
{
    private const string LoadOne = $"select {TaskReader.ColumnsWithInput} from tasks t {TaskReader.Joins} where t.id = ?1";
    private const string LoadOneWithoutInput = $"select {TaskReader.Columns} from tasks t {TaskReader.Joins} where t.id = ?1";

    private const string LoadOneWithResult = $"select {TaskReader.ColumnsWithResult} from tasks t {TaskReader.Joins} "
        + "left join task_logs l on l.number = t.number where t.id = ?1";

    private readonly TaskReader _reader = new(create, static (row, column) => TaskId.Parse(row.GetString(column)));

    private long Now => Microseconds.Of(clock.GetUtcNow());

    private readonly LatestFunctions _functions = new(
        (known, cancellationToken) => database.Model.ReadAsync(context => context.FunctionPoliciesAsync(known, cancellationToken)));

    public FunctionPolicies Functions => _functions.Known;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) => _functions.RefreshAsync(cancellationToken);

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        LoadAsync(ids, withInput, cancellationToken);

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read<IReadOnlyDictionary<TaskId, TaskRecord>>(db =>
        {
            Dictionary<TaskId, TaskRecord> tasks = new(ids.Count);
            foreach (var id in ids)
            {
                using var reader = db.Query(withInput ? LoadOne : LoadOneWithoutInput, id.ToString());
                if (reader.Read())
                {
                    tasks[id] = _reader.Read(reader, withInput);
                }
            }

            return tasks;
        }));

    public Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read(db => db.List(LoadOneWithResult, _reader.ReadWithResult, id.ToString()).SingleOrDefault()));

    public async Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken)
    {
        var (page, total, limit) = await database.Model.ListAsync(
            context => TaskSearch.FindAsync(context, query, cancellationToken), cancellationToken);
        var tasks = await LookAsync(page, query.Shows("data"), cancellationToken);
        return new([.. page.Select(tasks.GetValueOrDefault).OfType<TaskRecord>()], total, limit);
    }

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) =>
        database.QueryAsync(context => context.LogAsync(id, cancellationToken));

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        if (db.Scalar(
            "select host from workers where pool = ?1 and (functions is null) <> ?2 limit 1", worker.Pool, worker.Functions is null)
            is string host)
        {
            throw PoolTakenException.Of(worker, host);
        }

        db.Execute(
            "insert into worker_counts(worker_id, is_ended, count) values(?1, 0, ?2), (?1, 1, 0) on conflict do nothing", worker.Id,
            worker.Running);
        return db.Execute(
            "insert into workers(id, pool, slots, host, version, beat, functions) values(?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict(id) do "
                + "nothing",
            worker.Id, worker.Pool, worker.Slots, worker.Host, worker.Version, worker.Beat, WorkerEntry.Join(worker.Functions));
    });

    public Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken) =>
        WriteAsync(db => db.Execute("update workers set beat = beat + 1, slots = ?2 where id = ?1", workerId, slots) == 1);

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        db.Execute("delete from worker_counts where worker_id = ?1", workerId);
        return db.Execute("delete from workers where id = ?1", workerId);
    });

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => ListAsync(
        """
        select w.id, w.pool, w.slots, sum(case when c.is_ended then -c.count else c.count end), w.host, w.version, w.beat, w.functions
        from workers w join worker_counts c on c.worker_id = w.id group by w.id
        """,
        static row => new WorkerRow(
            row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4), row.GetString(5), row.GetInt64(6))
        {
            Functions = WorkerEntry.Split(row.IsDBNull(7) ? null : row.GetString(7)),
        });

    public Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        CheckEpoch(db, epoch);
        db.Execute(
            "delete from worker_counts where worker_id = (select id from workers where id = ?1 and beat = ?2)", worker.Id, worker.Beat);
        return db.Execute("delete from workers where id = ?1 and beat = ?2", worker.Id, worker.Beat);
    });

    public Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        var (now, ends) = (Now, Now + Microseconds.Of(lease));
        var epoch = db.Scalar(
            """
            insert into leader(id, owner, epoch, lease_ends_at) values(1, ?1, 1, ?3)
            on conflict(id) do update set
                epoch = case when owner = ?1 then epoch else epoch + 1 end, owner = ?1, lease_ends_at = ?3
                where owner = ?1 or lease_ends_at < ?2
            returning epoch
            """, owner, now, ends);
        return epoch is long number ? new LeaderTerm(number, null) : null;
    });

    public Task ResignAsync(Guid owner, CancellationToken cancellationToken) =>
        WriteAsync(db => db.Execute("update leader set lease_ends_at = 0 where owner = ?1", owner));

    public async Task<DueSchedules> DueSchedulesAsync(
        long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken)
    {
        var (now, left) = (Now, except.Select(static id => id.ToString()).ToArray());
        var others = string.Join(", ", Enumerable.Range(1, left.Length).Select(static place => $"?{place}"));
        var (leads, nextAt) = database.Read(db => (
            db.Scalar("select 1 from leader where epoch = ?1", epoch) is not null,
            (long?)db.Scalar(
                $"select next_at from schedules where next_at is not null and id not in ({others}) order by next_at, id limit 1", left)));
        return leads && nextAt <= now
            ? await database.QueryAsync(context => context.DueSchedulesAsync(now, left, limit, cancellationToken))
            : DueSchedules.None(leads, now, nextAt);
    }

    /// <inheritdoc cref="IRaisedEventStore.TryAddAsync"/>
    public Task<bool> TryAddAsync(RaisedEvent raised, Guid functions) => WriteAsync(db =>
        db.Scalar("select 1 from functions_revision where revision = ?1", functions) is not null && Insert(db, raised));

    public Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken) =>
        WriteAsync(db => Advance(db, advance));

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => Task.FromResult(Microseconds.ToTime(Now));

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        "select position, message_id, type, body from event_outbox order by position limit ?1",
        static row => new StoredEvent(row.GetInt64(0), new(row.GetGuid(1), row.GetString(2), row.GetString(3))), limit);

    public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        foreach (var position in positions)
        {
            db.Execute("delete from event_outbox where position = ?1", position);
        }

        return positions.Count;
    });

    /// <summary>
    /// Deletes every worker and the leader. This process holds the lock of the folder, so all earlier processes are gone and their running
    /// tasks are orphans.
    /// </summary>
    public void ForgetEarlierProcesses() => database.Write(
        static db => db.Execute("delete from workers") + db.Execute("delete from worker_counts") + db.Execute("delete from leader"));

    private Task<IReadOnlyList<T>> ListAsync<T>(string sql, Func<SqliteDataReader, T> read, params object?[] values) =>
        Task.FromResult<IReadOnlyList<T>>(database.Read(db => db.List(sql, read, values)));

    public Task VacuumAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void CheckEpoch(SqliteSession db, long epoch)
    {
        if (db.Scalar("select epoch from leader") is not long current || current != epoch)
        {
            throw new LeadershipLostException("Another process leads.");
        }
    }

    private Task<T> WriteAsync<T>(Func<SqliteSession, T> write) => database.WriteRepeatableAsync(write);
}
