namespace TasksBus.Storage.Sqlite;

/// <summary>What a single server counted of tasks.</summary>
internal sealed class SqliteHistoryStore(SqliteDatabase database) : HistoryStore(database)
{
    public override Task WriteAsync(IReadOnlyList<StoredCounts> counts, CancellationToken cancellationToken) =>
        database.WriteRepeatableAsync(db =>
        {
            foreach (var each in counts)
            {
                db.Execute(
                    """
                    insert into task_history(minute, function_name, process_id, counts) values(?1, ?2, ?3, ?4)
                    on conflict(minute, function_name, process_id) do update set counts = excluded.counts
                    """,
                    each.Minute, each.FunctionName, each.ProcessId, each.Counts.ToString());
            }

            return counts.Count;
        });
}
