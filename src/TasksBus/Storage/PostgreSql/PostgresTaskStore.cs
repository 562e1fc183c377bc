using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The task store of a cluster. The database's clock decides.</summary>
/// <param name="create">Makes the instance that a stored task is read into.</param>
public sealed partial class PostgresTaskStore(PostgresDatabase database, Func<TaskRecord> create) : ITaskStore
{
    private readonly TaskReader _reader = new(create, static (row, column) => TaskId.FromGuid(row.GetGuid(column)));

    private volatile FunctionPolicies _functions = FunctionPolicies.NotRead;

    public FunctionPolicies Functions => _functions;

    public async Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) =>
        _functions = await database.ReadAsync(context => context.FunctionPoliciesAsync(_functions, cancellationToken));

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return new Dictionary<TaskId, TaskRecord>();
        }

        var tasks = await ReadAsync(ids, cancellationToken);
        // What is computed from it, or answered, must not rest on what a failover would forget.
        await database.ConfirmAsync(cancellationToken);
        return tasks;
    }

    public async Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken)
    {
        var (page, total) = await database.QueryAsync(context => TaskSearch.FindAsync(context, query, cancellationToken));
        var tasks = page.Count == 0 ? new Dictionary<TaskId, TaskRecord>() : await ReadAsync(page, cancellationToken);
        return new([.. page.Select(tasks.GetValueOrDefault).OfType<TaskRecord>()], total);
    }

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) =>
        database.QueryAsync(context => context.LogAsync(id, cancellationToken));

    public Task<DueSchedules> DueSchedulesAsync(IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken) =>
        database.QueryAsync(async context => await context.DueSchedulesAsync(
            await context.NowAsync(cancellationToken), [.. except.Select(static id => id.ToString())], limit, cancellationToken));

    public async Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken) => (await ListAsync(
        database.Hot, Advancing(Sql.Advance, [advance], null), static row => row.GetGuid(0), cancellationToken)).Count == 1;

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        Microseconds.ToTime(await database.QueryAsync(context => context.NowAsync(cancellationToken)));

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        database.Hot, Command(Sql.NextEvents, Value(limit)),
        static row => new StoredEvent(row.GetInt64(0), new(row.GetGuid(1), row.GetString(2), row.GetString(3))), cancellationToken);

    public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => ExecuteAsync(
        database.Hot, Command(Sql.DeleteEvents, Of(positions, static position => position)), cancellationToken);

    public Task AddWorkerAsync(WorkerRow worker, CancellationToken cancellationToken) => RunAsync(database.Leases,
    [
        (Command("insert into workers(id, pool, slots, host, version, beat) values($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
            Value(worker.Id), Value(worker.Pool), Value(worker.Slots), Value(worker.Host), Value(worker.Version), Value(worker.Beat)), null),
        (Command("insert into worker_counts(worker_id, is_ended, count) values($1, false, $2), ($1, true, 0) on conflict do nothing",
            Value(worker.Id), Value((long)worker.Running)), null),
    ], cancellationToken);

    public async Task<bool> HeartbeatAsync(Guid workerId, int slots, CancellationToken cancellationToken) => await ExecuteAsync(
        database.Leases, Command("update workers set beat = beat + 1, slots = $2 where id = $1", Value(workerId), Value(slots)), cancellationToken) == 1;

    public Task RemoveWorkerAsync(Guid workerId, CancellationToken cancellationToken) => RunAsync(database.Leases,
    [
        (Command("delete from workers where id = $1", Value(workerId)), null),
        (Command("delete from worker_counts where worker_id = $1", Value(workerId)), null),
    ], cancellationToken);

    public Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken) => ListAsync(database.Hot, Command(Sql.Workers),
        static row => new WorkerRow(row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4), row.GetString(5), row.GetInt64(6)), cancellationToken);

    private async Task<IReadOnlyDictionary<TaskId, TaskRecord>> ReadAsync(IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken) =>
        (await ListAsync(database.Hot, Command(Sql.Load, Of(ids, static id => id.ToGuid())), _reader.Read, cancellationToken)).ToDictionary(static task => task.Id);

    /// <summary>Runs statements as one transaction in one round trip, and hands the rows of each to its reader.</summary>
    private static async Task RunAsync(
        NpgsqlConnection connection, IReadOnlyList<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row)> statements, CancellationToken cancellationToken,
        StrongBox<bool>? hasRows = null)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (command, _) in statements)
        {
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var isFirst = true;
        foreach (var (_, row) in statements)
        {
            if (row is null)
            {
                continue;
            }

            if (!isFirst)
            {
                await reader.NextResultAsync(cancellationToken);
            }

            isFirst = false;
            while (await reader.ReadAsync(cancellationToken))
            {
                hasRows?.Value = true;
                row(reader);
            }
        }

        // An error of the commit itself comes last.
        while (await reader.NextResultAsync(cancellationToken))
        {
            // Nothing is left to read.
        }
    }

    /// <summary>
    /// Runs statements that read, or that are the same when done twice: whoever calls tries again. A connection that was ended while it was idle shows
    /// only when it is used: then it is done once more here, on a fresh one.
    /// </summary>
    private static async Task RunAsync(
        NpgsqlDataSource source, IReadOnlyList<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row)> statements, CancellationToken cancellationToken)
    {
        StrongBox<bool> hasRows = new();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await using var connection = await OpenAsync(source, cancellationToken);
                await RunAsync(connection, statements, cancellationToken, hasRows);
                return;
            }
            catch (Exception exception) when (isFirst && !hasRows.Value && PostgresDatabase.IsCutOff(exception))
            {
                // Once more.
            }
            catch (Exception exception) when (PostgresDatabase.IsUnavailable(exception))
            {
                throw PostgresDatabase.Unavailable(exception);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (PostgresDatabase.IsUnavailable(exception))
        {
            throw PostgresDatabase.Unavailable(exception);
        }
    }

    private static async Task<IReadOnlyList<T>> ListAsync<T>(NpgsqlDataSource source, NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        await RunAsync(source, [(command, row => rows.Add(read(row)))], cancellationToken);
        return rows;
    }

    private static async Task<int> ExecuteAsync(NpgsqlDataSource source, NpgsqlBatchCommand command, CancellationToken cancellationToken)
    {
        await RunAsync(source, [(command, null)], cancellationToken);
        return (int)command.RecordsAffected;
    }

    /// <summary>A statement that moves schedules on: its first parameters say which and how.</summary>
    private static NpgsqlBatchCommand Advancing(string sql, IReadOnlyCollection<ScheduleAdvance> advances, Guid? functions) => Command(sql,
        Of(advances, static advance => advance.ScheduleId.ToGuid()),
        Of(advances, static advance => advance.Version),
        Of(advances, static advance => advance.NextAt),
        Of(advances, static advance => advance.LastTaskId?.ToGuid()),
        Of(advances, static advance => advance.Epoch),
        Nullable(functions));

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter Nullable(Guid? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    /// <summary>A column of values, as an array.</summary>
    private static NpgsqlParameter<TColumn[]> Of<T, TColumn>(IReadOnlyCollection<T> rows, Func<T, TColumn> column, NpgsqlDbType? type = null)
    {
        var values = new TColumn[rows.Count];
        var i = 0;
        foreach (var row in rows)
        {
            values[i++] = column(row);
        }

        var parameter = new NpgsqlParameter<TColumn[]> { TypedValue = values };
        if (type is { } named)
        {
            parameter.NpgsqlDbType = NpgsqlDbType.Array | named;
        }

        return parameter;
    }
}
