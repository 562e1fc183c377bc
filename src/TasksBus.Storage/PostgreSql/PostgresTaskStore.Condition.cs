using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    /// <summary>A user without the role pg_monitor sees its own sessions only.</summary>
    private const string OldestTransaction =
        """
        select pid, coalesce(application_name, ''), coalesce(state, ''), (extract(epoch from now() - xact_start) * 1000)::bigint
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
            and backend_type = 'client backend'
        order by xact_start limit 1
        """;

    private const string Stalled =
        "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'";

    private const string Slots =
        """
        select slot_name, active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
        from pg_replication_slots order by slot_name
        """;

    public async Task<StoreCondition> ConditionAsync(CancellationToken cancellationToken)
    {
        var (oldest, stalled) = ((OpenTransaction?)null, 0);
        List<ReplicationSlot> slots = [];
        await RunAsync(database.Small,
        [
            (Command(OldestTransaction), row => oldest = new(
                row.GetInt32(0), row.GetString(1), row.GetString(2), TimeSpan.FromMilliseconds(row.GetInt64(3)))),
            (Command(Stalled), row => stalled = row.GetInt32(0)),
            (Command(Slots), row => slots.Add(new(row.GetString(0), row.GetBoolean(1), row.GetInt64(2)))),
        ], cancellationToken);
        return new(oldest, stalled, slots);
    }

    public async Task<RunTroubles> RunTroublesAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        List<PutOffTasks> putOff = [];
        List<FailedTasks> failed = [];
        List<DisabledFunction> disabled = [];
        await RunAsync(database.Small,
        [
            (Command(RunTroubleQueries.PutOff), row => putOff.Add(RunTroubleQueries.ReadPutOff(row))),
            (Command(RunTroubleQueries.Failed("$1"), Value(Microseconds.Of(since))),
                row => failed.Add(RunTroubleQueries.ReadFailed(row))),
            (Command(RunTroubleQueries.Disabled), row => disabled.Add(RunTroubleQueries.ReadDisabled(row))),
        ], cancellationToken);
        return new(putOff, failed, disabled);
    }
}
