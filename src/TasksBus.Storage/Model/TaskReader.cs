using System.Data.Common;
using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>Reads a task from one row, which joins what the task is and which state it is in.</summary>
/// <param name="create">Makes the instance into which a stored task is read.</param>
/// <param name="readId">Reads an id in the form in which the database stores it.</param>
internal sealed class TaskReader(Func<TaskRecord> create, Func<DbDataReader, int, TaskId> readId)
{
    /// <summary>The columns without the input. They come from <c>tasks t</c> and the tables that <see cref="Joins"/> adds.</summary>
    public const string Columns =
        """
        t.number, t.id, t.function_name, t.pool, t.priority, t.start_at, t.created_at, t.tags,
        t.created_by_user_id, t.created_by_application_id, t.retry_for_task_ids,
        coalesce(f.status, case when r.number is null then 'new' else 'inProgress' end), coalesce(w.version, r.version, f.version),
        coalesce(w.changed_at, r.changed_at, f.changed_at), coalesce(r.claim_id, f.claim_id), coalesce(r.worker_id, f.worker_id),
        coalesce(w.not_run_since, r.not_run_since), coalesce(w.not_run_count, r.not_run_count, 0),
        f.error_type, f.error_name, f.error_message, f.retried_by_task_id, t.reference, t.publisher, t.depth,
        t.trace_parent, t.schedule_id, t.event_id
        """;

    /// <summary>The same columns, and the input.</summary>
    public const string ColumnsWithInput = $"{Columns}, t.data";

    /// <summary>The same columns, and the result, from <c>task_logs l</c>.</summary>
    public const string ColumnsWithResult = $"{ColumnsWithInput}, l.result, l.is_result_dropped";

    public const string Joins =
        "left join waiting_tasks w on w.number = t.number left join running_tasks r on r.number = t.number left join finished_tasks "
            + "f on f.number = t.number";

    /// <param name="withInput">True when the row has <see cref="ColumnsWithInput"/>.</param>
    public TaskRecord Read(DbDataReader row, bool withInput)
    {
        var task = create();
        task.Number = row.GetInt64(0);
        task.Id = readId(row, 1);
        task.FunctionName = row.GetString(2);
        task.Pool = row.GetString(3);
        task.Priority = row.GetInt64(4);
        task.StartTimestamp = Microseconds.ToTime(row.GetInt64(5));
        task.CreationTimestamp = Microseconds.ToTime(row.GetInt64(6));
        task.Tags = StoredTexts.Read(Text(row, 7));
        task.CreatedByUserId = Text(row, 8);
        task.CreatedByApplicationId = Text(row, 9);
        task.RetryForTaskIds = Text(row, 10) is { } ids ? [.. StoredTexts.Read(ids).Select(TaskId.Parse)] : [];
        task.Status = row.GetString(11);
        task.Version = row.GetInt64(12);
        task.StatusChangedTimestamp = task.UpdateTimestamp = Microseconds.ToTime(row.GetInt64(13));
        task.ClaimId = row.IsDBNull(14) ? null : row.GetGuid(14);
        task.WorkerId = row.IsDBNull(15) ? null : row.GetGuid(15);
        task.NotRunSince = row.IsDBNull(16) ? null : Microseconds.ToTime(row.GetInt64(16));
        task.NotRunCount = row.GetInt32(17);
        task.Error = row.IsDBNull(18) ? null : new(row.GetString(18), row.GetString(19), row.GetString(20));
        task.RetriedByTaskId = row.IsDBNull(21) ? null : readId(row, 21);
        (task.Reference, task.Publisher) = (Text(row, 22), Text(row, 23));
        task.Depth = row.GetInt16(24);
        task.TraceParent = Text(row, 25);
        task.ScheduleId = row.IsDBNull(26) ? null : readId(row, 26);
        task.EventId = row.IsDBNull(27) ? null : readId(row, 27);
        if (withInput)
        {
            task.Data = Text(row, 28);
        }

        task.IsWithoutInput = !withInput;
        return task;
    }

    /// <summary>Reads the id in a column.</summary>
    public TaskId ReadId(DbDataReader row, int column) => readId(row, column);

    /// <summary>Reads a row that has <see cref="ColumnsWithResult"/>.</summary>
    public TaskRecord ReadWithResult(DbDataReader row)
    {
        var task = Read(row, withInput: true);
        (task.Result, task.IsResultDropped) = (Text(row, 29), !row.IsDBNull(30) && row.GetBoolean(30));
        return task;
    }

    /// <summary>The stored form of tags: null when there are none.</summary>
    public static string? TagsOf(TaskRecord task) => StoredTexts.Write(task.Tags);

    /// <summary>The stored form of the ids of retried tasks: null when there are none.</summary>
    public static string? RetryForTaskIdsOf(TaskRecord task) =>
        task.RetryForTaskIds.Count == 0 ? null : StoredTexts.Write([.. task.RetryForTaskIds.Select(static id => id.ToString())]);

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
