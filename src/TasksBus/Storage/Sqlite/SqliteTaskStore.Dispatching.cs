using Microsoft.Data.Sqlite;
using TasksBus.Contracts;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    public Task<MarkedReady> MarkReadyAsync(int limit, CancellationToken cancellationToken)
    {
        var now = Now;
        // A read first: an idle system writes nothing.
        var next = NextDue();
        if (next is null || next > now)
        {
            return Task.FromResult(new MarkedReady(0, null, In(next, now)));
        }

        return WriteAsync(db =>
        {
            List<(long Number, Rank Rank)> due = [];
            using (var reader = db.Query(
                "select number, priority, start_at from ready_queue where is_ready = 0 and due_at <= ?1 order by priority desc, start_at, number limit ?2",
                now, limit))
            {
                while (reader.Read())
                {
                    due.Add((reader.GetInt64(0), new(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(0))));
                }
            }

            foreach (var (number, _) in due)
            {
                db.Execute("update ready_queue set is_ready = 1 where number = ?1", number);
            }

            var after = (long?)db.Scalar("select min(due_at) from ready_queue where is_ready = 0");
            return new MarkedReady(due.Count, after <= now && due.Count > 0 ? due[^1].Rank : null, In(after, now));
        });
    }

    public Task<PoolView> ViewPoolAsync(string pool, IReadOnlyCollection<long> released, Rank? lowest, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read(connection =>
        {
            using var slots = connection.CreateCommand();
            slots.CommandText = "select coalesce(sum(max(slots - running, 0)), 0) from workers where pool = ?1";
            slots.Parameters.AddWithValue("?1", pool);
            var free = (int)(long)slots.ExecuteScalar()!;

            HashSet<long> unclaimed = [];
            using var waits = connection.CreateCommand();
            waits.CommandText = "select 1 from ready_queue where number = ?1 and is_ready = 1";
            var number = waits.Parameters.Add(new() { ParameterName = "?1" });
            foreach (var one in released)
            {
                number.Value = one;
                if (waits.ExecuteScalar() is not null)
                {
                    unclaimed.Add(one);
                }
            }

            List<ReadyTask> next = [];
            using var ready = connection.CreateCommand();
            ready.CommandText = "select id, priority, start_at, number from ready_queue where pool = ?1 and is_ready = 1 order by priority desc, start_at, number limit ?2";
            ready.Parameters.AddWithValue("?1", pool);
            ready.Parameters.AddWithValue("?2", limit + unclaimed.Count);
            using var reader = ready.ExecuteReader();
            while (next.Count < limit && reader.Read())
            {
                Rank rank = new(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
                if (rank > lowest)
                {
                    break;
                }

                if (!unclaimed.Contains(rank.Number))
                {
                    next.Add(new(TaskId.Parse(reader.GetString(0)), rank));
                }
            }

            return new PoolView(free, unclaimed, next);
        }));

    public Task<IReadOnlyList<string>> ReadyPoolsAsync(CancellationToken cancellationToken) =>
        // Hops from one pool to the next along the index: as fast for a million tasks as for one.
        Task.FromResult<IReadOnlyList<string>>(List(
            """
            with recursive pools(pool) as (
                select min(pool) from ready_queue where is_ready = 1
                union all
                select (select min(pool) from ready_queue where is_ready = 1 and pool > pools.pool) from pools where pool is not null)
            select pool from pools where pool is not null
            """, static reader => reader.GetString(0)));

    public Task<IReadOnlyList<TaskId>> OverdueAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<TaskId>>(List("select id from tasks where deadline_at <= ?1 order by deadline_at limit ?2",
            static reader => TaskId.Parse(reader.GetString(0)), Now, limit));

    public Task<IReadOnlyList<TaskId>> OrphansAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<TaskId>>(List("select id from tasks where status = 'inProgress' and worker_id not in (select id from workers) limit ?1",
            static reader => TaskId.Parse(reader.GetString(0)), limit));

    private long? NextDue() => database.Read(static connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = "select min(due_at) from ready_queue where is_ready = 0";
        return command.ExecuteScalar() as long?;
    });

    private static TimeSpan? In(long? dueAt, long now) =>
        dueAt is { } due ? TimeSpan.FromMicroseconds(Math.Clamp(due - now, 0, Microseconds.Of(TimeSpan.FromDays(1)))) : null;

    private List<T> List<T>(string sql, Func<SqliteDataReader, T> read, params object[] values) => database.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue($"?{i + 1}", values[i]);
        }

        using var reader = command.ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    });
}
