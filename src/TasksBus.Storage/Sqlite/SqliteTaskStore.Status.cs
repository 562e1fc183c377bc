using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

internal sealed partial class SqliteTaskStore
{
    /// <summary>Hops from one pool to the next along two indexes.</summary>
    private const string WaitingPools =
        """
        with recursive pools(pool) as (
            select min(pool) from (
                select min(pool) as pool from waiting_tasks where is_ready = 1
                union all
                select min(pool) from waiting_tasks where is_ready = 0)
            union all
            select (select min(pool) from (
                select min(pool) as pool from waiting_tasks where is_ready = 1 and pool > pools.pool
                union all
                select min(pool) from waiting_tasks where is_ready = 0 and pool > pools.pool))
            from pools where pools.pool is not null)

        """;

    /// <summary>A count stops at ?1.</summary>
    private const string StatusPools = WaitingPools +
        """
        select pool,
            (select count(*) from (select 1 from waiting_tasks w where w.pool = pools.pool and is_ready = 1 limit ?1)),
            (select min(due_at) from (select due_at from waiting_tasks w where w.pool = pools.pool and is_ready = 1
                order by priority desc, start_at, number limit ?1)),
            (select count(*) from (select 1 from waiting_tasks w where w.pool = pools.pool and is_ready = 0 and due_at <= ?2 limit ?1)),
            (select min(due_at) from waiting_tasks w where w.pool = pools.pool and is_ready = 0 and due_at <= ?2),
            (select count(*) from (select 1 from waiting_tasks w where w.pool = pools.pool and is_ready = 0 and due_at > ?2 limit ?1))
        from pools where pool is not null order by pool
        """;

    /// <summary>The numbers come from the two indexes, at most ?1 a pool, and the rest from the tasks themselves.</summary>
    private const string Backlog = WaitingPools +
        """
        , found(number, due_at) as materialized (
            select w.number, w.start_at from pools cross join waiting_tasks w on w.number in (
                select number from waiting_tasks r where r.pool = pools.pool and is_ready = 1
                order by r.priority desc, r.start_at, r.number limit ?1)
            union all
            select w.number, w.due_at from pools cross join waiting_tasks w on w.number in (
                select number from waiting_tasks r where r.pool = pools.pool and is_ready = 0 and r.due_at <= ?2 order by r.due_at limit ?1)
            union all
            select number, null from (select number from running_tasks limit ?1))
        select t.pool, t.function_name, t.priority, count(found.due_at) as due, min(found.due_at), count(*) - count(found.due_at) as running
        from found cross join tasks t on t.number = found.number
        group by 1, 2, 3
        order by due desc, running desc, 1, 2, 3
        limit ?3
        """;

    private const string Place =
        """
        select task.pool, task.due_at, task.not_run_count,
            (select count(*) from (select 1 from waiting_tasks w
                where w.pool = task.pool and is_ready = 1 and w.priority > task.priority limit ?2)),
            (select count(*) from (select 1 from waiting_tasks w
                where w.pool = task.pool and is_ready = 1 and w.priority = task.priority
                    and (w.start_at, w.number) < (task.start_at, task.number) limit ?2)),
            task.not_run_name, task.not_run_message
        from tasks t join waiting_tasks task on task.number = t.number where t.id = ?1
        """;

    public async Task<SystemStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var (now, workers) = (Now, await WorkersAsync(cancellationToken));
        return database.Read(db =>
        {
            var status = SystemStatus.Of(
                Microseconds.ToTime(now),
                db.List(
                    "select epoch, lease_ends_at from leader where lease_ends_at > ?1",
                    static row => new LeaderStatus(row.GetInt64(0), Microseconds.ToTime(row.GetInt64(1))), now).SingleOrDefault(),
                heldBecause: null,
                db.List(
                    StatusPools, static row => new PoolStatus(
                        row.GetString(0), Later: row.GetInt32(5), Due: row.GetInt32(1) + row.GetInt32(3),
                        Microseconds.Earlier(row.IsDBNull(2) ? null : row.GetInt64(2), row.IsDBNull(4) ? null : row.GetInt64(4))),
                    IStatusReader.MostCounted, now),
                workers, Count(db, "running_tasks"), Count(db, "event_outbox"));
            return status with
            {
                OldestEvent = db.List(
                    "select message_id from event_outbox order by position limit 1",
                    static row => (Guid?)row.GetGuid(0)).SingleOrDefault(),
            };
        });
    }

    public Task<IReadOnlyList<BacklogGroup>> BacklogAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        return Task.FromResult<IReadOnlyList<BacklogGroup>>(database.Read(db => db.List(
            Backlog, static row => new BacklogGroup(
                row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3),
                row.IsDBNull(4) ? null : Microseconds.ToTime(row.GetInt64(4)), row.GetInt32(5)),
            IStatusReader.MostGrouped, now, IStatusReader.MostGroups)));
    }

    public Task<IReadOnlyList<FailureGroup>> FailuresAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<FailureGroup>>(database.Read(db => db.List(
            FailureQueries.Groups("?1"), row => FailureQueries.Read(row, _reader), Microseconds.Of(since))));

    // The index finished_tasks(status, number) answers it.
    public Task<IReadOnlyDictionary<string, int>> EndedAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, int>>(database.Read(static db => db.List(
            """
            select s.status, (select count(*) from (select 1 from finished_tasks f where f.status = s.status limit ?1))
            from (select 'complete' as status union all select 'retried' union all select 'failed' union all select 'canceled') s
            """,
            static row => (Status: row.GetString(0), Count: row.GetInt32(1)), IStatusReader.MostCounted)
            .ToDictionary(static each => each.Status, static each => each.Count)));

    public Task<QueuePlace?> PlaceAsync(TaskId id, CancellationToken cancellationToken)
    {
        var now = Now;
        return Task.FromResult(database.Read(db => db.List(
            Place, row => new QueuePlace(
                row.GetString(0), Microseconds.ToTime(row.GetInt64(1)), row.GetInt64(1) <= now,
                Math.Min(row.GetInt32(3) + row.GetInt32(4), IStatusReader.MostCounted), row.GetInt32(2))
            {
                NotRun = RunTroubleQueries.ReadNotRun(row, 5),
            },
            id.ToString(), IStatusReader.MostCounted).SingleOrDefault()));
    }

    /// <summary>One process has the file for itself.</summary>
    public Task<StoreCondition> ConditionAsync(CancellationToken cancellationToken) => Task.FromResult(StoreCondition.Good);

    public Task<RunTroubles> RunTroublesAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read(db => new RunTroubles(
            db.List(RunTroubleQueries.PutOff, RunTroubleQueries.ReadPutOff),
            db.List(RunTroubleQueries.Failed("?1"), RunTroubleQueries.ReadFailed, Microseconds.Of(since)),
            db.List(RunTroubleQueries.Disabled, RunTroubleQueries.ReadDisabled))));

    private static int Count(SqliteSession db, string table) =>
        Convert.ToInt32(db.Scalar($"select count(*) from (select 1 from {table} limit ?1)", IStatusReader.MostCounted), null);
}
