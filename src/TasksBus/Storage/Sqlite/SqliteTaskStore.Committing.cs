using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        if (TryCommit(changes) is { } outcomes)
        {
            return outcomes;
        }

        await RefreshFunctionsAsync(cancellationToken);
        return [.. changes.Select(static _ => CommitOutcome.Conflict)];
    }

    /// <returns>Null: nothing was written, because the functions have changed.</returns>
    private CommitOutcome[]? TryCommit(IReadOnlyList<TaskChange> changes) => database.Write(db =>
    {
        var revisions = changes.SelectMany(static change => change.Inserts.Prepend(change)).Select(static change => change.FunctionsRevision).OfType<Guid>().Distinct();
        if (revisions.Any(revision => db.Scalar("select 1 from functions_revision where revision = ?1", revision) is null))
        {
            return null;
        }

        var now = Now;
        var outcomes = new CommitOutcome[changes.Count];
        Dictionary<(Guid Worker, bool IsEnded), int> counts = [];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = Apply(db, changes[i], now, counts);
        }

        // In the same transaction as the claims and reports that it counts, so it never drifts.
        foreach (var ((worker, isEnded), count) in counts)
        {
            db.Execute("update worker_counts set count = count + ?3 where worker_id = ?1 and is_ended = ?2", worker, isEnded, count);
        }

        return outcomes;
    });

    /// <summary>Takes the task from where it stood and puts it where it stands now, with all that goes with it.</summary>
    private static CommitOutcome Apply(SqliteSession db, TaskChange change, long now, Dictionary<(Guid Worker, bool IsEnded), int> counts)
    {
        var outcome = change.From switch
        {
            TaskPlace.None => Insert(db, change, now),
            TaskPlace.Waiting when change.IsClaim => TakeDue(db, change, now),
            TaskPlace.Waiting => Take(db, "delete from waiting_tasks where number = ?1 and version = ?2", change),
            _ => Take(db, "delete from running_tasks where number = ?1 and version = ?2", change),
        };
        if (outcome != CommitOutcome.Applied)
        {
            return outcome;
        }

        Put(db, change, now);
        WriteConsequences(db, change, now, counts);
        return CommitOutcome.Applied;
    }

    /// <returns>Whether the schedule was still at its version, and the epoch the leader's.</returns>
    private static bool Advance(SqliteSession db, ScheduleAdvance advance) => db.Execute(
        """
        update schedules set version = version + 1, next_at = ?3, last_task_id = coalesce(?4, last_task_id)
        where id = ?1 and version = ?2 and ?5 = (select epoch from leader)
        """, advance.ScheduleId.ToString(), advance.Version, advance.NextAt, advance.LastTaskId?.ToString(), advance.Epoch) == 1;

    private static CommitOutcome Insert(SqliteSession db, TaskChange change, long now)
    {
        if (change.Advance is { } advance && !Advance(db, advance))
        {
            return CommitOutcome.Conflict;
        }

        var task = change.Task;
        var startAt = task.StartTimestamp is { } start ? Microseconds.Of(start) : now + Microseconds.Of(change.DueAfter ?? TimeSpan.Zero);
        var number = db.Scalar(
            """
            insert into tasks(id, function_name, pool, priority, start_at, created_at, data, tags, created_by_user_id, created_by_application_id, retry_for_task_ids)
            values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            on conflict(id) do nothing returning number
            """, task.Id.ToString(), task.FunctionName, task.Pool, task.Priority, startAt, now, task.Data, TaskReader.TagsOf(task),
            task.CreatedByUserId, task.CreatedByApplicationId, TaskReader.RetryForTaskIdsOf(task));
        if (number is null)
        {
            return CommitOutcome.Conflict;
        }

        (task.Number, task.StartTimestamp, task.CreationTimestamp) = ((long)number, Microseconds.ToTime(startAt), Microseconds.ToTime(now));
        return CommitOutcome.Applied;
    }

    /// <summary>A claim: only of a task that is due, and for a worker that is alive.</summary>
    private static CommitOutcome TakeDue(SqliteSession db, TaskChange change, long now)
    {
        var (number, version) = (change.Task.Number, change.ExpectedVersion);
        var taken = db.Execute(
            """
            delete from waiting_tasks where number = ?1 and version = ?2 and due_at <= ?3 and exists (select 1 from workers where id = ?4)
            """, number, version, now, change.Task.WorkerId);
        return taken == 1 ? CommitOutcome.Applied
            : db.Scalar("select 1 from waiting_tasks where number = ?1 and version = ?2", number, version) is null ? CommitOutcome.Conflict
            : CommitOutcome.Refused;
    }

    private static CommitOutcome Take(SqliteSession db, string sql, TaskChange change) =>
        db.Execute(sql, change.Task.Number, change.ExpectedVersion) == 1 ? CommitOutcome.Applied : CommitOutcome.Conflict;

    private static void Put(SqliteSession db, TaskChange change, long now)
    {
        var task = change.Task;
        task.Version = (change.ExpectedVersion ?? -1) + 1;
        task.UpdateTimestamp = task.StatusChangedTimestamp = Microseconds.ToTime(now);
        long? notRunSince = task.NotRunSince is { } since ? Microseconds.Of(since) : null;
        switch (change.To)
        {
            case TaskPlace.Waiting:
                var startAt = Microseconds.Of(task.StartTimestamp!.Value);
                var dueAt = change.DueAfter is { } after ? now + Microseconds.Of(after) : startAt;
                db.Execute(
                    """
                    insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_since, not_run_count)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                    """, task.Number, task.Id.ToString(), task.Pool, task.Priority, startAt, dueAt, dueAt <= now, task.Version, now, notRunSince, task.NotRunCount);
                break;
            case TaskPlace.Running:
                db.Execute(
                    """
                    insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_since, not_run_count)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                    """, task.Number, task.Id.ToString(), task.Version, now, task.ClaimId, task.WorkerId, now + Microseconds.Of(change.TimeLimit!.Value),
                    notRunSince, task.NotRunCount);
                break;
            default:
                db.Execute(
                    """
                    insert into finished_tasks(number, status, version, changed_at, claim_id, worker_id, error_type, error_name, error_message, retried_by_task_id)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """, task.Number, task.Status, task.Version, now, task.ClaimId, task.WorkerId,
                    task.Error?.Type, task.Error?.Name, task.Error?.Message, task.RetriedByTaskId?.ToString());
                break;
        }
    }

    /// <summary>What goes with an applied change: events, log, counts, and the tasks inserted with it.</summary>
    private static void WriteConsequences(SqliteSession db, TaskChange change, long now, Dictionary<(Guid Worker, bool IsEnded), int> counts)
    {
        foreach (var @event in change.Events)
        {
            db.Execute("insert into event_outbox(message_id, type, body) values(?1, ?2, ?3)", @event.MessageId, @event.Type, @event.Body);
        }

        if (change.HasLog)
        {
            db.Execute("insert or replace into task_logs(number, received_at, text, request_id) values(?1, ?2, ?3, ?4)",
                change.Task.Number, now, change.Log ?? "", change.RequestId);
        }

        if (change.WorkerBefore is { } before)
        {
            counts[(before, true)] = counts.GetValueOrDefault((before, true)) + 1;
        }
        else if (change.To == TaskPlace.Running)
        {
            var claimed = (change.Task.WorkerId!.Value, false);
            counts[claimed] = counts.GetValueOrDefault(claimed) + 1;
        }

        foreach (var insert in change.Inserts)
        {
            if (Apply(db, insert, now, counts) != CommitOutcome.Applied)
            {
                throw new TaskIdTakenException(insert.Task.Id);
            }
        }
    }
}
