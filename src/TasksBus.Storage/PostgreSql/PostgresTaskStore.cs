using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The task store of a cluster. The database's clock is authoritative.</summary>
/// <param name="create">Makes the instance into which a stored task is read.</param>
internal sealed partial class PostgresTaskStore(PostgresDatabase database, Func<TaskRecord> create) : ITaskStore, IInbox
{
    private readonly TaskReader _reader = new(create, static (row, column) => TaskId.FromGuid(row.GetGuid(column)));

    private readonly LatestFunctions _functions = new(
        (known, cancellationToken) => database.Model.ReadAsync(context => context.FunctionPoliciesAsync(known, cancellationToken)));

    public FunctionPolicies Functions => _functions.Known;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken) => _functions.RefreshAsync(cancellationToken);

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        var tasks = await ReadAsync(database.Hot, ids, withInput, cancellationToken);
        // Nothing that is computed from this read, or answered, may rest on what a failover would forget.
        await database.ConfirmAsync(cancellationToken);
        return tasks;
    }

    public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken) =>
        ReadAsync(database.Small, ids, withInput, cancellationToken);

    public async Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken) => (await ListAsync(
        database.Small, Command(Sql.LoadWithResult, Of([id], static id => id.ToGuid())), _reader.ReadWithResult, cancellationToken))
        .SingleOrDefault();

    public Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => database.Model.ListAsync(async context =>
    {
        var (page, total, limit) = await TaskSearch.FindAsync(context, query, cancellationToken);
        Dictionary<TaskId, TaskRecord> tasks = new(page.Count);
        if (page.Count > 0)
        {
            await RunAsync(
                (NpgsqlConnection)context.Database.GetDbConnection(), [Loading(page, query.Shows("data"), tasks)], cancellationToken);
        }

        return new TaskPage([.. page.Select(tasks.GetValueOrDefault).OfType<TaskRecord>()], total, limit);
    }, cancellationToken);

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) =>
        database.QueryAsync(context => context.LogAsync(id, cancellationToken));

    public async Task<DueSchedules> DueSchedulesAsync(
        long epoch, IReadOnlyCollection<TaskId> except, int limit, CancellationToken cancellationToken)
    {
        var looks = await ListAsync(
            database.Small, Command(Sql.NextTick, Value(epoch), Of(except, static id => id.ToGuid())),
            static row => (row.GetBoolean(0), row.GetInt64(1), row.IsDBNull(2) ? null : (long?)row.GetInt64(2)), cancellationToken);
        var (leads, now, nextAt) = looks[0];
        return leads && nextAt <= now
            ? await database.QueryAsync(context => context.DueSchedulesAsync(
                now, [.. except.Select(static id => id.ToString())], limit, cancellationToken))
            : DueSchedules.None(leads, now, nextAt);
    }

    public async Task<bool> AdvanceScheduleAsync(ScheduleAdvance advance, CancellationToken cancellationToken) => (await ListAsync(
        database.Hot, Advancing(Sql.Advance, [advance], null), static row => row.GetGuid(0), cancellationToken)).Count == 1;

    public async Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        Microseconds.ToTime((await ListAsync(
            database.Small, Command("select (extract(epoch from now()) * 1000000)::bigint"), static row => row.GetInt64(0),
            cancellationToken))[0]);

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) => ListAsync(
        database.Hot, Command(Sql.NextEvents, Value(limit)),
        static row => new StoredEvent(row.GetInt64(0), new(row.GetGuid(1), row.GetString(2), row.GetString(3))), cancellationToken);

    public Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken) => ExecuteAsync(
        database.Hot, Command(Sql.DeleteEvents, Of(positions, static position => position)), cancellationToken);

    private async Task<IReadOnlyDictionary<TaskId, TaskRecord>> ReadAsync(
        NpgsqlDataSource source, IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        Dictionary<TaskId, TaskRecord> tasks = new(ids.Count);
        if (ids.Count > 0)
        {
            await RunAsync(source, [Loading(ids, withInput, tasks)], cancellationToken);
        }

        return tasks;
    }

    /// <summary>The statement that reads tasks, and the reader of its rows.</summary>
    private (NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row) Loading(
        IReadOnlyCollection<TaskId> ids, bool withInput, Dictionary<TaskId, TaskRecord> tasks)
    {
        return (Command(withInput ? Sql.Load : Sql.LoadWithoutInput, Of(ids, static id => id.ToGuid())), Add);

        void Add(NpgsqlDataReader row)
        {
            var task = _reader.Read(row, withInput);
            tasks.Add(task.Id, task);
        }
    }

    /// <summary>Runs statements as one transaction in one round trip, and passes the rows of each to its reader.</summary>
    private static async Task RunAsync(
        NpgsqlConnection connection, IReadOnlyList<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row)> statements,
        CancellationToken cancellationToken,
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
    /// Runs statements that read, or that have the same effect when run twice, because the caller tries again. A connection that was ended
    /// while it was idle fails only when it is used. Then the statements run once more here, on a fresh connection.
    /// </summary>
    /// <returns>The statements as they were run.</returns>
    private static async Task<IReadOnlyList<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row)>> RunAsync(
        NpgsqlDataSource source, IReadOnlyList<(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? Row)> statements,
        CancellationToken cancellationToken)
    {
        StrongBox<bool> hasRows = new();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                await using var connection = await OpenAsync(source, cancellationToken);
                await RunAsync(connection, statements, cancellationToken, hasRows);
                return statements;
            }
            catch (Exception exception) when (isFirst && !hasRows.Value && PostgresErrors.IsCutOff(exception))
            {
                // Uses copies, because the originals remember how they were prepared on the other connection.
                statements = [.. statements.Select(static each => (Copy(each.Command), each.Row))];
            }
            catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
            {
                throw PostgresErrors.Unavailable(exception);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.IsUnavailable(exception))
        {
            throw PostgresErrors.Unavailable(exception);
        }
    }

    private static async Task<IReadOnlyList<T>> ListAsync<T>(
        NpgsqlDataSource source, NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        await RunAsync(source, [(command, row => rows.Add(read(row)))], cancellationToken);
        return rows;
    }

    private static async Task<int> ExecuteAsync(NpgsqlDataSource source, NpgsqlBatchCommand command, CancellationToken cancellationToken)
    {
        var run = await RunAsync(source, [(command, null)], cancellationToken);
        return (int)run[0].Command.RecordsAffected;
    }

    private static NpgsqlBatchCommand Copy(NpgsqlBatchCommand command)
    {
        NpgsqlBatchCommand copy = new(command.CommandText);
        foreach (var parameter in command.Parameters)
        {
            copy.Parameters.Add(((NpgsqlParameter)parameter).Clone());
        }

        return copy;
    }

    /// <summary>A statement that moves schedules on. Its first parameters say which schedules and how.</summary>
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

    private static NpgsqlParameter Nullable(string? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Nullable(Guid? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    /// <summary>A column of values, as an array.</summary>
    private static NpgsqlParameter<TColumn[]> Of<T, TColumn>(
        IReadOnlyCollection<T> rows, Func<T, TColumn> column, NpgsqlDbType? type = null)
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
