using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken) => Task.FromResult(database.Write(db =>
    {
        var now = Now;
        var outcomes = new CommitOutcome[changes.Count];
        Dictionary<Guid, int> running = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            var change = changes[i];
            outcomes[i] = change.IsInsert ? Insert(db, change, now) : Update(db, change, now);
            if (outcomes[i] != CommitOutcome.Applied)
            {
                continue;
            }

            WriteConsequences(db, change, now);
            Count(running, change.WorkerBefore, -1);
            Count(running, change.Task.Status == TaskStates.InProgress ? change.Task.WorkerId : null, +1);
        }

        // In the same transaction as the claims and reports that it counts, so it never drifts.
        foreach (var (worker, delta) in running)
        {
            if (delta != 0)
            {
                db.Execute("update workers set running = running + ?2 where id = ?1", worker, delta);
            }
        }

        return outcomes;
    }));

    private static CommitOutcome Insert(SqliteSession db, TaskChange change, long now)
    {
        var task = change.Task;
        var startAt = task.StartTimestamp is { } start ? Microseconds.Of(start) : now + Microseconds.Of(change.Place.After);
        var number = db.Scalar(
            """
            insert into tasks(id, status, version, pool, priority, start_at, status_changed_at, updated_at, deadline_at, claim_id, worker_id)
            values(?1, ?2, 0, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9)
            on conflict(id) do nothing returning number
            """, task.Id.ToString(), task.Status, task.Pool, task.Priority, startAt, now, DeadlineAt(change, now), task.ClaimId, task.WorkerId);
        if (number is null)
        {
            return CommitOutcome.Conflict;
        }

        (task.Number, task.Version, task.StartTimestamp) = ((long)number, 0, Microseconds.ToTime(startAt));
        task.CreationTimestamp = task.UpdateTimestamp = task.StatusChangedTimestamp = Microseconds.ToTime(now);
        db.Execute(
            """
            insert into task_details(number, function_name, created_at, data, tags, created_by_user_id, created_by_application_id, retry_for_task_ids, not_run_count)
            values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)
            """, task.Number, task.FunctionName, now, task.Data, task.Tags.Count == 0 ? null : JsonSerializer.Serialize(task.Tags),
            task.CreatedByUserId, task.CreatedByApplicationId,
            task.RetryForTaskIds.Count == 0 ? null : JsonSerializer.Serialize(task.RetryForTaskIds.Select(static id => id.ToString())));
        return CommitOutcome.Applied;
    }

    private static CommitOutcome Update(SqliteSession db, TaskChange change, long now)
    {
        var task = change.Task;
        var number = task.Number;
        if (change.IsClaim && db.Scalar(
            """
            select 1 from ready_queue r, workers w where r.number = ?1 and r.due_at <= ?2 and w.id = ?3
            """, number, now, task.WorkerId) is null)
        {
            // Not due, or the worker is not alive; or another was faster, and then the version tells.
            return (long?)db.Scalar("select version from tasks where number = ?1", number) == change.ExpectedVersion
                ? CommitOutcome.Refused : CommitOutcome.Conflict;
        }

        var updated = db.Execute(
            """
            update tasks set status = ?3, version = version + 1, status_changed_at = ?4, updated_at = ?4, claim_id = ?5, worker_id = ?6,
                deadline_at = case when ?7 then ?8 else deadline_at end
            where number = ?1 and version = ?2
            """, number, change.ExpectedVersion, task.Status, now, task.ClaimId, task.WorkerId, change.Deadline.Changes, DeadlineAt(change, now));
        if (updated == 0)
        {
            return CommitOutcome.Conflict;
        }

        task.Version = change.ExpectedVersion!.Value + 1;
        task.UpdateTimestamp = task.StatusChangedTimestamp = Microseconds.ToTime(now);
        if (task.Error is not null || task.NotRunCount > 0)
        {
            db.Execute(
                """
                update task_details set error_type = ?2, error_name = ?3, error_message = ?4, retried_by_task_id = ?5, not_run_since = ?6, not_run_count = ?7
                where number = ?1
                """, number, task.Error?.Type, task.Error?.Name, task.Error?.Message, task.RetriedByTaskId?.ToString(),
                task.NotRunSince is { } since ? Microseconds.Of(since) : null, task.NotRunCount);
        }

        return CommitOutcome.Applied;
    }

    /// <summary>What goes with an applied change: place, events, log and the tasks inserted with it.</summary>
    private static void WriteConsequences(SqliteSession db, TaskChange change, long now)
    {
        var task = change.Task;
        switch (change.Place.Kind)
        {
            case ReadyPlaceKind.AtStart or ReadyPlaceKind.After:
                var startAt = Microseconds.Of(task.StartTimestamp!.Value);
                var dueAt = change.Place.Kind == ReadyPlaceKind.AtStart ? startAt : now + Microseconds.Of(change.Place.After);
                db.Execute("insert into ready_queue(number, id, pool, priority, start_at, due_at, is_ready) values(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    task.Number, task.Id.ToString(), task.Pool, task.Priority, startAt, dueAt, dueAt <= now);
                break;
            case ReadyPlaceKind.Removed:
                db.Execute("delete from ready_queue where number = ?1", task.Number);
                break;
            default:
                break;
        }

        foreach (var @event in change.Events)
        {
            db.Execute("insert into event_outbox(message_id, type, body) values(?1, ?2, ?3)", @event.MessageId, @event.Type, @event.Body);
        }

        if (change.Log is { Length: > 0 } log)
        {
            db.Execute("insert or replace into task_logs(number, received_at, text) values(?1, ?2, ?3)", task.Number, now, log);
        }

        foreach (var insert in change.Inserts)
        {
            if (Insert(db, insert, now) != CommitOutcome.Applied)
            {
                throw new InvalidOperationException($"The id {insert.Task.Id}, made for a task that is stored with {task.Id}, is taken.");
            }

            WriteConsequences(db, insert, now);
        }
    }

    private static long? DeadlineAt(TaskChange change, long now) =>
        change.Deadline.After is { } after ? now + Microseconds.Of(after) : null;

    private static void Count(Dictionary<Guid, int> running, Guid? worker, int delta)
    {
        if (worker is { } id)
        {
            running[id] = running.GetValueOrDefault(id) + delta;
        }
    }
}
