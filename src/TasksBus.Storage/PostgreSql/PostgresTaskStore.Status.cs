using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    public async Task<SystemStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var (now, running, outbox) = (0L, 0, 0);
        var (leader, heldBecause, oldest) = ((LeaderStatus?)null, (string?)null, (Guid?)null);
        List<PoolStatus> pools = [];
        await RunAsync(database.Small,
        [
            (Command(
                """
                select (extract(epoch from now()) * 1000000)::bigint, (select held_because from installation),
                    (select count(*)::int from (select from running_tasks limit $1) counted),
                    (select count(*)::int from (select from event_outbox limit $1) counted),
                    (select message_id from event_outbox order by position limit 1)
                """,
                Value(IStatusReader.MostCounted)), row =>
            {
                (now, heldBecause) = (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1));
                (running, outbox, oldest) = (row.GetInt32(2), row.GetInt32(3), row.IsDBNull(4) ? null : row.GetGuid(4));
            }),
            (Command("select epoch, lease_ends_at from leader where lease_ends_at > (extract(epoch from now()) * 1000000)::bigint"),
                row => leader = new(row.GetInt64(0), Microseconds.ToTime(row.GetInt64(1)))),
            (Command(Sql.StatusPools, Value(IStatusReader.MostCounted)), row => pools.Add(new(
                row.GetString(0), Later: row.GetInt32(5), Due: row.GetInt32(1) + row.GetInt32(3),
                Microseconds.Earlier(row.IsDBNull(2) ? null : row.GetInt64(2), row.IsDBNull(4) ? null : row.GetInt64(4))))),
        ], cancellationToken);
        var status = SystemStatus.Of(
            Microseconds.ToTime(now), leader, heldBecause, pools, await WorkersAsync(cancellationToken), running, outbox);
        return status with { OldestEvent = oldest };
    }

    public async Task<IReadOnlyList<BacklogGroup>> BacklogAsync(CancellationToken cancellationToken) => await ListAsync(
        database.Small, Command(Sql.Backlog, Value(IStatusReader.MostGrouped), Value(IStatusReader.MostGroups)),
        static row => new BacklogGroup(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3),
            row.IsDBNull(4) ? null : Microseconds.ToTime(row.GetInt64(4)), row.GetInt32(5)),
        cancellationToken);

    public async Task<IReadOnlyList<FailureGroup>> FailuresAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        await ListAsync(
            database.Small, Command(FailureQueries.Groups("$1"), Value(Microseconds.Of(since))), row => FailureQueries.Read(row, _reader),
            cancellationToken);

    // The index finished_tasks(status, number) answers it.
    public async Task<IReadOnlyDictionary<string, int>> EndedAsync(CancellationToken cancellationToken) => (await ListAsync(
        database.Small,
        Command(
            """
            select s.status, (select count(*)::int from (select from finished_tasks f where f.status = s.status limit $1) counted)
            from (values ('complete'), ('retried'), ('failed'), ('canceled')) s(status)
            """,
            Value(IStatusReader.MostCounted)),
        static row => (Status: row.GetString(0), Count: row.GetInt32(1)), cancellationToken))
        .ToDictionary(static each => each.Status, static each => each.Count);

    public async Task<QueuePlace?> PlaceAsync(TaskId id, CancellationToken cancellationToken) => (await ListAsync(
        database.Small, Command(Sql.QueuePlace, Value(id.ToGuid()), Value(IStatusReader.MostCounted)),
        static row => new QueuePlace(
            row.GetString(0), Microseconds.ToTime(row.GetInt64(1)), row.GetBoolean(2), row.GetInt32(3), row.GetInt32(4))
        {
            NotRun = RunTroubleQueries.ReadNotRun(row, 5),
        },
        cancellationToken)).SingleOrDefault();
}
