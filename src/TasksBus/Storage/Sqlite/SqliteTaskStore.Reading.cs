using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    private const string TaskColumns =
        """
        t.number, t.id, t.status, t.version, t.pool, t.priority, t.start_at, t.status_changed_at, t.updated_at, t.claim_id, t.worker_id,
        d.function_name, d.created_at, d.data, d.tags, d.created_by_user_id, d.created_by_application_id, d.retry_for_task_ids,
        d.retried_by_task_id, d.error_type, d.error_name, d.error_message, d.not_run_since, d.not_run_count
        """;

    public async Task<TaskPage> FindAsync(TaskFilter filter, int limit, long offset, CancellationToken cancellationToken)
    {
        if (filter.MatchesNothing)
        {
            return new([], 0);
        }

        return await database.QueryAsync(context => FindAsync(context, filter, limit, offset, cancellationToken));
    }

    private async Task<TaskPage> FindAsync(SqliteTasksDbContext context, TaskFilter filter, int limit, long offset, CancellationToken cancellationToken)
    {
        IQueryable<TaskRow> tasks = context.Tasks;
        if (filter.Id is { } id)
        {
            var text = id.ToString();
            tasks = tasks.Where(task => task.Id == text);
        }

        if (filter.Status is { } status)
        {
            tasks = tasks.Where(task => task.Status == status);
        }

        if (filter.FunctionName is { } name)
        {
            tasks = tasks.Where(task => task.Details.FunctionName == name);
        }

        var total = await tasks.LongCountAsync(cancellationToken);
        // Numbers are given in the order of creation, so the newest number is the newest task.
        var rows = await tasks.OrderByDescending(task => task.Number).Skip((int)Math.Min(offset, int.MaxValue)).Take(limit)
            .Include(task => task.Details).ToListAsync(cancellationToken);
        return new(rows.ConvertAll(ToTask), total);
    }

    public async Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken)
    {
        var text = id.ToString();
        var row = await database.QueryAsync(context => context.Tasks.Where(task => task.Id == text)
            .Join(context.Logs, task => task.Number, log => log.Number, (_, log) => log).SingleOrDefaultAsync(cancellationToken));
        return row is null ? null : new(row.Text, Microseconds.ToTime(row.ReceivedAt));
    }

    private TaskRecord ReadTask(SqliteDataReader reader) => ToTask(new TaskRow
    {
        Number = reader.GetInt64(0),
        Id = reader.GetString(1),
        Status = reader.GetString(2),
        Version = reader.GetInt64(3),
        Pool = reader.GetString(4),
        Priority = reader.GetInt64(5),
        StartAt = reader.GetInt64(6),
        StatusChangedAt = reader.GetInt64(7),
        UpdatedAt = reader.GetInt64(8),
        ClaimId = reader.IsDBNull(9) ? null : reader.GetGuid(9),
        WorkerId = reader.IsDBNull(10) ? null : reader.GetGuid(10),
        Details = new()
        {
            FunctionName = reader.GetString(11),
            CreatedAt = reader.GetInt64(12),
            Data = Text(reader, 13),
            Tags = Text(reader, 14),
            CreatedByUserId = Text(reader, 15),
            CreatedByApplicationId = Text(reader, 16),
            RetryForTaskIds = Text(reader, 17),
            RetriedByTaskId = Text(reader, 18),
            ErrorType = Text(reader, 19),
            ErrorName = Text(reader, 20),
            ErrorMessage = Text(reader, 21),
            NotRunSince = reader.IsDBNull(22) ? null : reader.GetInt64(22),
            NotRunCount = reader.GetInt32(23),
        },
    });

    private TaskRecord ToTask(TaskRow row)
    {
        var task = create();
        var details = row.Details;
        task.Id = TaskId.Parse(row.Id);
        task.Number = row.Number;
        task.Status = row.Status;
        task.Version = row.Version;
        task.Pool = row.Pool;
        task.Priority = row.Priority;
        task.StartTimestamp = Microseconds.ToTime(row.StartAt);
        task.StatusChangedTimestamp = Microseconds.ToTime(row.StatusChangedAt);
        task.UpdateTimestamp = Microseconds.ToTime(row.UpdatedAt);
        task.ClaimId = row.ClaimId;
        task.WorkerId = row.WorkerId;
        task.FunctionName = details.FunctionName;
        task.CreationTimestamp = Microseconds.ToTime(details.CreatedAt);
        task.Data = details.Data;
        task.Tags = details.Tags is null ? [] : JsonSerializer.Deserialize<string[]>(details.Tags)!;
        task.CreatedByUserId = details.CreatedByUserId;
        task.CreatedByApplicationId = details.CreatedByApplicationId;
        task.RetryForTaskIds = details.RetryForTaskIds is null ? []
            : [.. JsonSerializer.Deserialize<string[]>(details.RetryForTaskIds)!.Select(TaskId.Parse)];
        task.RetriedByTaskId = details.RetriedByTaskId is null ? null : TaskId.Parse(details.RetriedByTaskId);
        task.Error = details.ErrorType is null ? null : new(details.ErrorType, details.ErrorName!, details.ErrorMessage!);
        task.NotRunSince = details.NotRunSince is { } since ? Microseconds.ToTime(since) : null;
        task.NotRunCount = details.NotRunCount;
        return task;
    }

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
