using Microsoft.Data.Sqlite;
using TasksBus.Contracts;

namespace TasksBus.Storage.Sqlite;

internal sealed partial class SqliteTaskStore
{
    public Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken)
    {
        var now = Now;
        // It reads first, so an idle system writes nothing.
        if (!(database.Read(db => NextDue(db, pool)) <= now))
        {
            return Task.FromResult(new MarkedReady(0, null));
        }

        return WriteAsync(db =>
        {
            var due = db.List(
                "select number, priority, start_at from waiting_tasks where pool = ?3 and is_ready = 0 and due_at <= ?1 order by priority "
                    + "desc, start_at, number limit ?2",
                static row => new Rank(row.GetInt64(1), row.GetInt64(2), row.GetInt64(0)), now, limit, pool);
            foreach (var rank in due)
            {
                db.Execute("update waiting_tasks set is_ready = 1 where number = ?1", rank.Number);
            }

            return new MarkedReady(due.Count, due.Count == limit ? due[^1] : null);
        });
    }

    public Task<PoolView> ViewPoolAsync(
        long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit,
        CancellationToken cancellationToken) =>
        Task.FromResult(database.Read(db =>
        {
            CheckEpoch(db, epoch);
            // A task that is marked ready is due, unless the clock was set back.
            var now = Now;
            var slots = db.List(
                """
                select w.slots - sum(case when c.is_ended then -c.count else c.count end)
                from workers w join worker_counts c on c.worker_id = w.id where w.pool = ?1 group by w.id
                """, static row => Math.Max(row.GetInt32(0), 0), pool);
            var free = slots.Sum();
            var unclaimed = released.Where(
                number =>
                    db.Scalar("select 1 from waiting_tasks where number = ?1 and is_ready = 1 and due_at <= ?2", number, now) is not null)
                .ToHashSet();
            List<ReadyTask> next = [];
            using var row = db.Query(
                "select id, priority, start_at, number from waiting_tasks where pool = ?1 and is_ready = 1 and due_at <= ?3 order by "
                    + "priority desc, start_at, number limit ?2",
                pool, Math.Min(limit + unclaimed.Count, free), now);
            while (next.Count < limit && row.Read())
            {
                Rank rank = new(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
                if (rank > lowest)
                {
                    break;
                }

                if (!unclaimed.Contains(rank.Number) && !(rank < from))
                {
                    next.Add(new(TaskId.Parse(row.GetString(0)), rank));
                }
            }

            return new PoolView(slots.Count, free, Microseconds.Until(NextDue(db, pool), now), unclaimed, next);
        }));

    public Task<IReadOnlyDictionary<long, string>> FunctionsOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => TextsOf(numbers, "function_name");

    public Task<IReadOnlyDictionary<long, string>> TracesOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => TextsOf(numbers, "trace_parent");

    public Task<int> PutAsideAsync(
        string pool, IReadOnlyCollection<string> functions, int limit, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        var lacking = db.List(
            "select w.number, t.function_name from (select number from waiting_tasks where pool = ?1 and is_ready = 1 order by priority "
                + "desc, start_at, number limit ?2) w join tasks t on t.number = w.number",
            static row => (Number: row.GetInt64(0), Function: row.GetString(1)), pool, limit)
            .Where(task => functions.Contains(task.Function)).ToList();
        foreach (var (number, function) in lacking)
        {
            db.Execute("update waiting_tasks set pool = ?2 where number = ?1", number, PoolNames.Aside(pool, function));
        }

        return lacking.Count;
    });

    public Task<int> PutBackAsync(string aside, string pool, int limit, CancellationToken cancellationToken) => WriteAsync(db =>
        db.Execute(
            "update waiting_tasks set pool = ?2 where number in (select number from waiting_tasks where pool = ?1 and is_ready = 1 order "
                + "by priority desc, start_at, number limit ?3)",
            aside, pool, limit));

    public Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        // It hops from one pool to the next along two indexes, as fast for a million tasks as for one.
        return ListAsync(
            """
            with recursive ready(pool) as (
                select min(pool) from waiting_tasks where is_ready = 1
                union all
                select (select min(pool) from waiting_tasks where is_ready = 1 and pool > ready.pool) from ready where pool is not null),
            later(pool) as (
                select min(pool) from waiting_tasks where is_ready = 0
                union all
                select (select min(pool) from waiting_tasks where is_ready = 0 and pool > later.pool) from later where pool is not null)
            select pool, min(due_at) from (
                select pool, 0 as due_at from ready where pool is not null
                union all
                select pool, (select min(due_at) from waiting_tasks w where w.pool = later.pool and w.is_ready = 0)
                    from later where pool is not null)
            group by pool
            """, row => new WaitingPool(row.GetString(0), Microseconds.Until(row.GetInt64(1), now) ?? TimeSpan.Zero));
    }

    public async Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken)
    {
        var now = Now;
        return new(now, await ListAsLeaderAsync(epoch,
            "select id, changed_at, deadline_at from running_tasks where deadline_at <= ?1 order by deadline_at limit ?2",
            static row => new RunningTask(TaskId.Parse(row.GetString(0)), row.GetInt64(1), row.GetInt64(2)), now, limit));
    }

    public Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken) => ListAsLeaderAsync(epoch,
        "select id, worker_id from running_tasks where worker_id not in (select id from workers) limit ?1",
        static row => new Orphan(TaskId.Parse(row.GetString(0)), row.GetGuid(1)), limit);

    private Task<IReadOnlyList<T>> ListAsLeaderAsync<T>(long epoch, string sql, Func<SqliteDataReader, T> read, params object?[] values) =>
        Task.FromResult<IReadOnlyList<T>>(database.Read(db =>
        {
            CheckEpoch(db, epoch);
            return db.List(sql, read, values);
        }));

    private static long? NextDue(SqliteSession db, string pool) =>
        db.Scalar("select min(due_at) from waiting_tasks where pool = ?1 and is_ready = 0", pool) as long?;

    /// <summary>Reads a text of tasks, of those that have it, by their numbers.</summary>
    private Task<IReadOnlyDictionary<long, string>> TextsOf(IReadOnlyCollection<long> numbers, string column) =>
        Task.FromResult<IReadOnlyDictionary<long, string>>(database.Read(db => numbers
            .Select(number => (Number: number, Text: db.Scalar($"select {column} from tasks where number = ?1", number) as string))
            .Where(static pair => pair.Text is not null).ToDictionary(static pair => pair.Number, static pair => pair.Text!)));
}
