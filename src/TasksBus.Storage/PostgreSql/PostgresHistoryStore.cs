namespace TasksBus.Storage.PostgreSql;

/// <summary>What the processes of a cluster counted of tasks.</summary>
internal sealed class PostgresHistoryStore(PostgresDatabase database) : HistoryStore(database)
{
    public override Task WriteAsync(IReadOnlyList<StoredCounts> counts, CancellationToken cancellationToken) =>
        PostgresDatabase.RepeatableAsync(async () =>
        {
            await using var command = database.Hot.CreateCommand(Sql.WriteHistory);
            command.Parameters.AddWithValue(counts.Select(static each => each.Minute).ToArray());
            command.Parameters.AddWithValue(counts.Select(static each => each.FunctionName).ToArray());
            command.Parameters.AddWithValue(counts.Select(static each => each.ProcessId).ToArray());
            command.Parameters.AddWithValue(counts.Select(static each => each.Counts.ToString()).ToArray());
            return await command.ExecuteNonQueryAsync(cancellationToken);
        });
}
