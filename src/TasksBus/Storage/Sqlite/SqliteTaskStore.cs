using TasksBus.Contracts;

namespace TasksBus.Storage.Sqlite;

/// <summary>The task store of a single server. SQLite has no clock of its own: the machine's is the database's.</summary>
/// <param name="create">Makes the instance that a stored task is read into.</param>
public sealed partial class SqliteTaskStore(SqliteDatabase database, TimeProvider clock, Func<TaskRecord> create) : ITaskStore
{
    private long Now => Microseconds.Of(clock.GetUtcNow());

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read<IReadOnlyDictionary<TaskId, TaskRecord>>(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"select {TaskColumns} from tasks t join task_details d on d.number = t.number where t.id = ?1";
            var id = command.Parameters.Add(new() { ParameterName = "?1" });
            Dictionary<TaskId, TaskRecord> tasks = new(ids.Count);
            foreach (var wanted in ids)
            {
                id.Value = wanted.ToString();
                using var reader = command.ExecuteReader();
                if (reader.Read())
                {
                    tasks[wanted] = ReadTask(reader);
                }
            }

            return tasks;
        }));

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => WriteAsync(db => db.Execute(
        "insert into workers(id, pool, slots, running, host, version, beat) values(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        worker.Id, worker.Pool, worker.Slots, worker.Running, worker.Host, worker.Version, worker.Beat));

    public Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken) =>
        WriteAsync(db => db.Execute("update workers set beat = beat + 1, slots = ?2 where id = ?1", workerId, slots) == 1);

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) =>
        WriteAsync(db => db.Execute("delete from workers where id = ?1", workerId));

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) =>
        Task.FromResult(database.Read<IReadOnlyList<WorkerRow>>(static connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "select id, pool, slots, running, host, version, beat from workers";
            using var reader = command.ExecuteReader();
            List<WorkerRow> workers = [];
            while (reader.Read())
            {
                workers.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetString(4), reader.GetString(5), reader.GetInt64(6)));
            }

            return workers;
        }));

    public Task<long?> LeadAsync(Guid owner, TimeSpan lease, CancellationToken cancellationToken) => WriteAsync(db =>
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
        return (long?)epoch;
    });

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) =>
        Task.FromResult(database.Read<IReadOnlyList<StoredEvent>>(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "select position, message_id, type, body from event_outbox order by position limit ?1";
            command.Parameters.AddWithValue("?1", limit);
            using var reader = command.ExecuteReader();
            List<StoredEvent> events = [];
            while (reader.Read())
            {
                events.Add(new(reader.GetInt64(0), new(reader.GetGuid(1), reader.GetString(2), reader.GetString(3))));
            }

            return events;
        }));

    public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => WriteAsync(db =>
    {
        foreach (var position in positions)
        {
            db.Execute("delete from event_outbox where position = ?1", position);
        }

        return positions.Count;
    });

    /// <summary>
    /// Forgets every worker and the leader: whoever opens the folder holds its lock, so all before it are gone and their running
    /// tasks are orphans.
    /// </summary>
    public void ForgetEarlierProcesses() => database.Write(static db => db.Execute("delete from workers") + db.Execute("delete from leader"));

    private Task<T> WriteAsync<T>(Func<SqliteDatabase, T> write) => Task.FromResult(database.Write(write));
}
