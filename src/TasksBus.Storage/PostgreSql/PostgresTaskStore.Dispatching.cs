using Npgsql;
using TasksBus.Contracts;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    /// <summary>This many dead rows are worth a vacuum.</summary>
    private const long DeadRows = 20_000;

    /// <summary>An arbitrary number that no other program uses for a lock.</summary>
    private const long VacuumLock = 0x5461736b73427576;

    public async Task<MarkedReady> MarkReadyAsync(string pool, int limit, CancellationToken cancellationToken)
    {
        var (count, lowest) = (0, default(Rank));
        await RunAsync(database.Hot,
        [
            // Nothing may skip the most urgent tasks, so the statement waits for whoever holds one.
            (Command("select set_config('lock_timeout', '0', true)"), static _ => { }),
            (Command(Sql.MarkReady, Value(pool), Value(limit)),
                row => (count, lowest) = ((int)row.GetInt64(0), new(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)))),
        ], cancellationToken);
        return new(count, count == limit ? lowest : null);
    }

    public async Task<PoolView> ViewPoolAsync(
        long epoch, string pool, IReadOnlyCollection<long> released, Rank? from, Rank? lowest, int limit,
        CancellationToken cancellationToken)
    {
        var command = Command(
            from is null ? Sql.ViewPool : Sql.ViewPoolFrom, Value(pool), Of(released.Order().ToArray(), static number => number),
            Value((long)limit));
        if (from is { } rank)
        {
            command.Parameters.Add(Value(rank.Priority));
            command.Parameters.Add(Value(rank.StartMicroseconds));
            command.Parameters.Add(Value(rank.Number));
        }

        var (current, free, workers, due) = (0L, 0, 0, (TimeSpan?)null);
        var unclaimed = released.ToHashSet();
        List<ReadyTask> next = [];
        await RunAsync(database.Hot, [(command, row =>
        {
            switch (row.GetInt32(0))
            {
                case 0:
                    (current, free, workers) = (row.GetInt64(1), (int)row.GetInt64(2), (int)row.GetInt64(3));
                    due = Microseconds.Until(row.IsDBNull(5) ? null : row.GetInt64(5), row.GetInt64(6));
                    break;
                case 1:
                    unclaimed.Remove(row.GetInt64(1));
                    break;
                default:
                    next.Add(new(TaskId.FromGuid(row.GetGuid(4)), new(row.GetInt64(2), row.GetInt64(3), row.GetInt64(1))));
                    break;
            }
        })], cancellationToken);
        CheckEpoch(epoch, current);
        return new(workers, free, due, unclaimed, [.. next.Where(task => !(task.Rank > lowest))]);
    }

    public async Task<IReadOnlyDictionary<long, string>> FunctionsOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => (await ListAsync(
            database.Hot, Command(Sql.FunctionsOf, Of(numbers, static number => number)),
            static row => (row.GetInt64(0), row.GetString(1)), cancellationToken)).ToDictionary();

    public async Task<IReadOnlyDictionary<long, string>> TracesOfAsync(
        IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) => (await ListAsync(
            database.Small, Command(Sql.TracesOf, Of(numbers, static number => number)),
            static row => (row.GetInt64(0), row.GetString(1)), cancellationToken)).ToDictionary();

    public async Task<int> PutAsideAsync(
        string pool, IReadOnlyCollection<string> functions, int limit, CancellationToken cancellationToken) => (int)(await ListAsync(
            database.Hot, Command(Sql.PutAside, Value(pool), Of(functions, static name => name), Value(limit)),
            static row => row.GetInt64(0), cancellationToken))[0];

    public async Task<int> PutBackAsync(string aside, string pool, int limit, CancellationToken cancellationToken) => (int)(await ListAsync(
        database.Hot, Command(Sql.PutBack, Value(pool), Value(aside), Value(limit)), static row => row.GetInt64(0), cancellationToken))[0];

    public Task<IReadOnlyList<WaitingPool>> WaitingPoolsAsync(CancellationToken cancellationToken) => ListAsync(
        database.Hot, Command(Sql.WaitingPools),
        static row => new WaitingPool(
            row.GetString(0),
            Microseconds.Until(row.IsDBNull(1) ? null : row.GetInt64(1), row.GetInt64(2)) ?? TimeSpan.Zero), cancellationToken);

    public async Task<OverdueTasks> OverdueAsync(long epoch, int limit, CancellationToken cancellationToken)
    {
        var (current, now) = (0L, 0L);
        List<RunningTask> tasks = [];
        await RunAsync(database.Hot,
        [
            (Command("select epoch, (extract(epoch from now()) * 1000000)::bigint from leader"),
                row => (current, now) = (row.GetInt64(0), row.GetInt64(1))),
            (Command(
                "select id, changed_at, deadline_at from running_tasks where deadline_at <= (extract(epoch from now()) * 1000000)::bigint "
                    + "order by deadline_at limit $1",
                Value(limit)), row => tasks.Add(new(TaskId.FromGuid(row.GetGuid(0)), row.GetInt64(1), row.GetInt64(2)))),
        ], cancellationToken);
        CheckEpoch(epoch, current);
        return new(now, tasks);
    }

    public Task<IReadOnlyList<Orphan>> OrphansAsync(long epoch, int limit, CancellationToken cancellationToken) =>
        ListAsLeaderAsync(epoch, Command(Sql.Orphans, Value(limit)),
        static row => new Orphan(TaskId.FromGuid(row.GetGuid(0)), row.GetGuid(1)), cancellationToken);

    public async Task RemoveSilentWorkerAsync(long epoch, WorkerRow worker, CancellationToken cancellationToken)
    {
        var current = 0L;
        await RunAsync(database.Hot,
        [
            // Nobody else can lead until this is done. The wait for a claim is short, because the leader's own lease must be renewed
            // meanwhile.
            (Command("select set_config('lock_timeout', '2s', true)"), static _ => { }),
            (Command("select epoch from leader for share"), row => current = row.GetInt64(0)),
            (Command(
                "delete from workers where id = $1 and beat = $2 and exists (select from leader where epoch = $3)", Value(worker.Id),
                Value(worker.Beat), Value(epoch)),
                null),
            (Command("delete from worker_counts where worker_id = $1 and not exists (select from workers where id = $1)", Value(worker.Id)),
                null),
        ], cancellationToken);
        CheckEpoch(epoch, current);
    }

    /// <summary>
    /// Vacuums the tables whose rows come and go. Between two rounds of the server's own vacuum, a minute apart, a busy queue leaves a
    /// million dead rows, which each look at its top must skip. A vacuum has no time limit. While one runs, in whichever process, no other
    /// begins.
    /// </summary>
    public async Task VacuumAsync(CancellationToken cancellationToken)
    {
        var tables = await ListAsync(database.Hot, Command(
            "select relid::regclass::text from pg_stat_user_tables where relid in ('waiting_tasks'::regclass, 'running_tasks'::regclass, "
                + "'event_outbox'::regclass, to_regclass($2)) and n_dead_tup > $1",
            Value(DeadRows), Value(database.InboxSchema.Table)), static row => row.GetString(0), cancellationToken);
        if (tables.Count == 0)
        {
            return;
        }

        try
        {
            // This connection is not in the pool. The lock ends with the session; but if a vacuum runs on without us, the session and the
            // lock end only when that vacuum has ended.
            await using var connection = await database.OpenAloneAsync(cancellationToken);
            await using NpgsqlCommand @lock =
                new("select pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = VacuumLock } } };
            if (!(bool)(await @lock.ExecuteScalarAsync(cancellationToken))!)
            {
                return;
            }

            foreach (var table in tables)
            {
                // The statement runs alone, because a vacuum cannot run in a transaction. It neither waits for a lock nor takes one that
                // others wait for.
                await using NpgsqlCommand vacuum =
                    new($"vacuum (skip_locked, truncate off, index_cleanup on) {table}", connection) { CommandTimeout = 0 };
                await vacuum.ExecuteNonQueryAsync(cancellationToken);
            }

            await using NpgsqlCommand unlock =
                new("select pg_advisory_unlock($1)", connection) { Parameters = { new() { Value = VacuumLock } } };
            await unlock.ExecuteScalarAsync(cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    public async Task<LeaderTerm?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken)
    {
        long? epoch = null;
        await RunAsync(
            database.Leases, [(Command(Sql.Lead, Value(owner), Value(Microseconds.Of(lease))), row => epoch = row.GetInt64(0))],
            cancellationToken);
        return epoch is { } number ? new(number, await HeldBecauseAsync(cancellationToken)) : null;
    }

    public Task ResignAsync(Guid owner, CancellationToken cancellationToken) =>
        ExecuteAsync(database.Leases, Command("update leader set lease_ends_at = 0 where owner = $1", Value(owner)), cancellationToken);

    private async Task<string?> HeldBecauseAsync(CancellationToken cancellationToken)
    {
        try
        {
            var held = await ListAsync(
                database.Leases, Command(Sql.CheckInstallation, Value(database.HoldAfterRestore)),
                static row => row.IsDBNull(0) ? null : row.GetString(0), cancellationToken);
            return held[0];
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return database.HoldAfterRestore
                ? $"the database does not tell which server it is ({exception.MessageText}): let its user run pg_control_system(), or set "
                    + "TasksBus__HoldAfterRestore=false"
                : null;
        }
    }

    private async Task<IReadOnlyList<T>> ListAsLeaderAsync<T>(
        long epoch, NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var current = 0L;
        List<T> rows = [];
        await RunAsync(
            database.Hot, [(Command("select epoch from leader"), row => current = row.GetInt64(0)), (command, row => rows.Add(read(row)))],
            cancellationToken);
        CheckEpoch(epoch, current);
        return rows;
    }

    private static void CheckEpoch(long epoch, long current)
    {
        if (epoch != current)
        {
            throw new LeadershipLostException("Another process leads.");
        }
    }
}
