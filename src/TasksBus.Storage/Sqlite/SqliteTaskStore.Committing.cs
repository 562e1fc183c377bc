using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

internal sealed partial class SqliteTaskStore
{
    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        List<AppliedChange> applied = [];
        if (TryCommit(changes, applied) is { } outcomes)
        {
            applied.ForEach(static change => change.CopyToTask());
            return outcomes;
        }

        await RefreshFunctionsAsync(cancellationToken);
        return [.. changes.Select(static _ => CommitOutcome.Conflict)];
    }

    /// <param name="applied">Receives what is written.</param>
    /// <returns>Null when nothing was written because the functions have changed.</returns>
    private CommitOutcome[]? TryCommit(IReadOnlyList<TaskChange> changes, List<AppliedChange> applied) => database.Write(db =>
    {
        var revisions = changes.SelectMany(static change => change.Inserts.Prepend(change)).Select(
            static change => change.FunctionsRevision).OfType<Guid>().Distinct();
        if (revisions.Any(revision => db.Scalar("select 1 from functions_revision where revision = ?1", revision) is null))
        {
            return null;
        }

        var now = Now;
        var outcomes = new CommitOutcome[changes.Count];
        Writing writing = new(db, now, applied, []);
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = Apply(writing, changes[i]);
        }

        // The counts are in the same transaction as the claims and reports that they count, so they never drift.
        foreach (var ((worker, isEnded), count) in writing.Counts)
        {
            db.Execute("update worker_counts set count = count + ?3 where worker_id = ?1 and is_ended = ?2", worker, isEnded, count);
        }

        return outcomes;
    });

    /// <summary>
    /// Removes the task from the table of its old state and inserts it into that of its new one, with everything that goes with it.
    /// </summary>
    /// <param name="retried">The number of the task that this one retries, if it does. Its input is copied.</param>
    /// <param name="raised">The event that makes the task, if one does. It is stored with the first of its tasks.</param>
    private static CommitOutcome Apply(Writing writing, TaskChange change, long? retried = null, RaisedEvent? raised = null)
    {
        var db = writing.Db;
        if (change.Raised is { } first && !Insert(db, first))
        {
            return CommitOutcome.Conflict;
        }

        if (change.From == TaskPlace.None)
        {
            return Insert(writing, change, retried, raised ?? change.Raised) is { } inserted
                ? Put(writing, inserted) : CommitOutcome.Conflict;
        }

        var outcome = change switch
        {
            { IsClaim: true } => TakeDue(db, change, writing.Now),
            { From: TaskPlace.Waiting } => Take(db, "delete from waiting_tasks where number = ?1 and version = ?2", change),
            _ => Take(db, "delete from running_tasks where number = ?1 and version = ?2", change),
        };
        return outcome == CommitOutcome.Applied ? Put(writing, AppliedChange.Moved(change, writing.Now)) : outcome;
    }

    /// <returns>True when the event was not known.</returns>
    private static bool Insert(SqliteSession db, RaisedEvent raised) => db.Execute(
        """
        insert into raised_events(
            id, type, content, depth, task_count, raised_by_task_id, created_by_user_id, created_by_application_id, created_at)
        values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict(id) do nothing
        """,
        raised.Id.ToString(), raised.Type, raised.Content, raised.Depth, raised.TaskCount, raised.RaisedByTaskId?.ToString(),
        raised.CreatedByUserId, raised.CreatedByApplicationId, raised.CreatedAt) == 1;

    /// <returns>True when the schedule was still at its version and the epoch was the leader's.</returns>
    private static bool Advance(SqliteSession db, ScheduleAdvance advance) => db.Execute(
        """
        update schedules set version = version + 1, next_at = ?3, last_task_id = coalesce(?4, last_task_id)
        where id = ?1 and version = ?2 and ?5 = (select epoch from leader)
        """, advance.ScheduleId.ToString(), advance.Version, advance.NextAt, advance.LastTaskId?.ToString(), advance.Epoch) == 1;

    /// <returns>Null when the id is taken, or another has moved the schedule on.</returns>
    private static AppliedChange? Insert(Writing writing, TaskChange change, long? retried, RaisedEvent? raised)
    {
        var (db, now) = (writing.Db, writing.Now);
        if (change.Advance is { } advance && !Advance(db, advance))
        {
            return null;
        }

        var task = change.Task;
        var startAt = task.StartTimestamp is { } start ? Microseconds.Of(start) : now + Microseconds.Of(change.DueAfter ?? TimeSpan.Zero);
        var number = db.Scalar(
            """
            insert into tasks(
                id, function_name, pool, priority, start_at, created_at, data, tags,
                created_by_user_id, created_by_application_id, reference, publisher, retry_for_task_ids,
                depth, trace_parent, schedule_id, event_id)
            values(
                ?1, ?2, ?3, ?4, ?5, ?6, iif(?14 is null, ?7, (select data from tasks where number = ?14)), ?8, ?9, ?10, ?11, ?12, ?13,
                ?15, ?16, ?17, ?18)
            on conflict(id) do nothing returning number
            """,
            task.Id.ToString(), task.FunctionName, task.Pool, task.Priority, startAt, now, retried is null ? task.Data : null,
            TaskReader.TagsOf(task), task.CreatedByUserId, task.CreatedByApplicationId, task.Reference, task.Publisher,
            TaskReader.RetryForTaskIdsOf(task), retried, task.Depth, task.TraceParent,
            change.Advance?.ScheduleId.ToString(), raised?.Id.ToString());
        return number is null ? null : new(change, now, (long)number, startAt);
    }

    /// <summary>Applies a claim, only if the task is due and the worker is alive.</summary>
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

    /// <summary>Inserts the task into the table of its new state, with everything that goes with it.</summary>
    private static CommitOutcome Put(Writing writing, AppliedChange applied)
    {
        var (change, now, number, startAt) = applied;
        var (db, task, version) = (writing.Db, change.Task, (change.ExpectedVersion ?? -1) + 1);
        long? notRunSince = task.NotRunSince is { } since ? Microseconds.Of(since) : null;
        switch (change.To)
        {
            case TaskPlace.Waiting:
                var dueAt = change.DueAfter is { } after ? now + Microseconds.Of(after) : startAt;
                db.Execute(
                    """
                    insert into waiting_tasks(
                        number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_since, not_run_count,
                        not_run_name, not_run_message)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                    """,
                    number, task.Id.ToString(), task.Pool, task.Priority, startAt, dueAt, dueAt <= now, version, now, notRunSince,
                    task.NotRunCount, change.NotRun?.Name, change.NotRun?.Message);
                break;
            case TaskPlace.Running:
                db.Execute(
                    """
                    insert into running_tasks(
                        number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_since, not_run_count)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                    """,
                    number, task.Id.ToString(), version, now, task.ClaimId, task.WorkerId,
                    now + Microseconds.Of(change.TimeLimit!.Value), notRunSince, task.NotRunCount);
                break;
            default:
                db.Execute(
                    """
                    insert into finished_tasks(
                        number, status, version, changed_at, claim_id, worker_id, error_type, error_name, error_message,
                        retried_by_task_id)
                    values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """,
                    number, task.Status, version, now, task.ClaimId, task.WorkerId,
                    task.Error?.Type, task.Error?.Name, task.Error?.Message, task.RetriedByTaskId?.ToString());
                break;
        }

        writing.Applied.Add(applied);
        WriteConsequences(writing, applied);
        return CommitOutcome.Applied;
    }

    /// <summary>Writes what goes with an applied change: events, the log, counts, and the tasks inserted with it.</summary>
    private static void WriteConsequences(Writing writing, AppliedChange applied)
    {
        var (change, now, number, _) = applied;
        var (db, counts) = (writing.Db, writing.Counts);
        foreach (var @event in change.Events)
        {
            db.Execute("insert into event_outbox(message_id, type, body) values(?1, ?2, ?3)", @event.MessageId, @event.Type, @event.Body);
        }

        if (change.HasLog)
        {
            db.Execute(
                """
                insert or replace into task_logs(number, received_at, text, request_id, result, is_result_dropped)
                values(?1, ?2, ?3, ?4, ?5, ?6)
                """,
                number, now, change.Log ?? "", change.RequestIdOfLog, change.Task.Result, change.Task.IsResultDropped);
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
            // As on PostgreSQL, the task of an event whose id is taken stays as it is.
            if (Apply(writing, insert, change.IsInsert ? null : number, change.Raised) != CommitOutcome.Applied && change.Raised is null)
            {
                throw new TaskIdTakenException(insert.Task.Id);
            }
        }
    }

    /// <summary>A transaction that is being written.</summary>
    /// <param name="Applied">The changes that were written.</param>
    /// <param name="Counts">How many tasks of each worker were claimed, and how many ended.</param>
    private sealed record Writing(
        SqliteSession Db, long Now, List<AppliedChange> Applied, Dictionary<(Guid Worker, bool IsEnded), int> Counts);
}
