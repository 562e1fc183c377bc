using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;
using TasksBus.Contracts;

namespace TasksBus.Client.PostgreSql;

/// <summary>The calls of the functions that a TasksBus server makes in its database.</summary>
internal sealed partial class TaskCalls
{
    /// <summary>How many tasks are sent in one round trip.</summary>
    private const int AtOnce = 1_000;

    private const string InvalidParameterValue = "22023";

    private readonly NpgsqlTransaction _transaction;
    private readonly string _schedule;
    private readonly string _cancel;

    /// <exception cref="ArgumentException">The schema's name cannot be one.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public TaskCalls(NpgsqlTransaction transaction, string schema)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(schema);
        if (!SchemaName().IsMatch(schema))
        {
            throw new ArgumentException(
                "The schema has 1 to 40 lower-case letters, digits and _; it is TasksBus:SqlSchema.", nameof(schema));
        }

        _transaction = transaction;
        _schedule = $"select \"{schema}\".schedule_task(function_name => $1, data => $2, priority => $3, start_at => $4::timestamptz, "
            + "tags => $5, task_id => $6, idempotency_key => $7, reference => $8, publisher => $9, "
            + "trace_parent => $10)";
        _cancel = $"select \"{schema}\".cancel_task(task_id => $1)";
    }

    private NpgsqlConnection Connection =>
        _transaction.Connection ?? throw new InvalidOperationException("The transaction has ended, so no task can be scheduled in it.");

    public async Task<TaskId> ScheduleAsync(ScheduleTask task, CancellationToken cancellationToken)
    {
        TaskRules.Check(task);
        await using NpgsqlCommand command = new(_schedule, Connection, _transaction);
        command.Parameters.AddRange(ArgumentsOf(task));
        try
        {
            return TaskId.Parse((string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!);
        }
        catch (PostgresException exception) when (RefusalOf(exception, null) is { } refusal)
        {
            throw refusal;
        }
    }

    public async Task<IReadOnlyList<TaskId>> ScheduleAsync(IReadOnlyList<ScheduleTask> tasks, CancellationToken cancellationToken)
    {
        TaskRules.CheckEach(tasks);
        List<TaskId> ids = new(tasks.Count);
        foreach (var some in tasks.Chunk(AtOnce))
        {
            await using NpgsqlBatch batch = new(Connection, _transaction);
            foreach (var task in some)
            {
                NpgsqlBatchCommand command = new(_schedule);
                command.Parameters.AddRange(ArgumentsOf(task));
                batch.BatchCommands.Add(command);
            }

            try
            {
                await using var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                do
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        ids.Add(TaskId.Parse(reader.GetString(0)));
                    }
                }
                while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (PostgresException exception) when (RefusalOf(exception, ids.Count) is { } refusal)
            {
                // The answers come in order, so the first one that is missing is that of the wrong task.
                throw refusal;
            }
        }

        return ids;
    }

    public async Task CancelAsync(TaskId id, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(_cancel, Connection, _transaction);
        command.Parameters.Add(Text(id.ToString()));
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException exception) when (RefusalOf(exception, null) is { } refusal)
        {
            throw refusal;
        }
    }

    private static NpgsqlParameter[] ArgumentsOf(ScheduleTask task) =>
    [
        Text(task.FunctionName),
        Of(task.Data?.GetRawText(), NpgsqlDbType.Json),
        Of((decimal?)task.Priority, NpgsqlDbType.Numeric),
        Text(task.StartTimestamp is { } start ? TextOf(start) : null),
        Of(task.Tags?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
        Text(task.TaskId),
        Text(task.IdempotencyKey),
        Text(task.Reference),
        Text(task.Publisher),
        Text(Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current ? current.Id : null),
    ];

    /// <summary>A time as text, because Npgsql takes the first and the last one of .NET for infinity. It is never rounded down.</summary>
    private static string TextOf(DateTimeOffset time)
    {
        var rest = time.UtcTicks % TimeSpan.TicksPerMicrosecond;
        var ticks = rest == 0 || time.UtcTicks + TimeSpan.TicksPerMicrosecond > DateTime.MaxValue.Ticks
            ? time.UtcTicks : time.UtcTicks - rest + TimeSpan.TicksPerMicrosecond;
        return new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffK", CultureInfo.InvariantCulture);
    }

    private static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    /// <returns>The refusal. Null when it is another error.</returns>
    private static TaskRefusedException? RefusalOf(PostgresException exception, int? place)
    {
        return exception.SqlState != InvalidParameterValue || ErrorCode.Read(exception.Hint ?? "", out _) is not { } code ? null
            : new(code, place is { } index ? $"tasks[{index}]: {exception.MessageText}" : exception.MessageText, exception);
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,39}\z")]
    private static partial Regex SchemaName();
}
