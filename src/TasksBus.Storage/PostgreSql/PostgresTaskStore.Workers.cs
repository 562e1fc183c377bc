using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <content>The leases of workers, and the list of them.</content>
internal sealed partial class PostgresTaskStore
{
    public async Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken)
    {
        var (isThere, host) = (false, (string?)null);
        await RunAsync(database.Leases,
        [
            // Two workers of different kinds that join at once would not see each other.
            (Command("select pg_advisory_xact_lock(hashtext('tasksbus pool'), hashtext($1))", Value(worker.Pool)), static _ => { }),
            (Command(
                "insert into workers(id, pool, slots, host, version, beat, functions) select $1, $2, $3, $4, $5, $6, $7::text where not "
                    + "exists (select from workers where pool = $2 and (functions is null) <> ($7::text is null)) on conflict (id) do "
                    + "nothing",
                Value(worker.Id), Value(worker.Pool), Value(worker.Slots), Value(worker.Host), Value(worker.Version),
                Value(worker.Beat), Nullable(WorkerEntry.Join(worker.Functions))), null),
            (Command(
                "insert into worker_counts(worker_id, is_ended, count) select w.id, e.is_ended, e.count from workers w, (values (false, "
                    + "$2::bigint), (true, 0)) e(is_ended, count) where w.id = $1 on conflict do nothing",
                Value(worker.Id), Value((long)worker.Running)), null),
            (Command("select id = $1, host from workers where pool = $2", Value(worker.Id), Value(worker.Pool)),
                row => (isThere, host) = (isThere || row.GetBoolean(0), row.GetString(1))),
        ], cancellationToken);
        if (!isThere)
        {
            throw PoolTakenException.Of(worker, host);
        }
    }

    public async Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken) => await ExecuteAsync(
        database.Leases, Command("update workers set beat = beat + 1, slots = $2 where id = $1", Value(workerId), Value(slots)),
        cancellationToken) == 1;

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) => RunAsync(database.Leases,
    [
        (Command("delete from workers where id = $1", Value(workerId)), null),
        (Command("delete from worker_counts where worker_id = $1", Value(workerId)), null),
    ], cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => ListAsync(database.Hot, Command(Sql.Workers),
        static row => new WorkerRow(
            row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4), row.GetString(5),
            row.GetInt64(6))
        {
            Functions = WorkerEntry.Split(row.IsDBNull(7) ? null : row.GetString(7)),
        }, cancellationToken);
}
