using Microsoft.Data.Sqlite;

namespace TasksBus.Storage.Sqlite;

internal sealed partial class SqliteTaskStore
{
    /// <summary>
    /// If a schedule's ticks must not overlap, and its last task is removed and was retried, the schedule gets the last of the retries
    /// instead. The schedule's version rises, so a tick that was computed before is computed again.
    /// </summary>
    private const string HandOver =
        """
        update schedules
        set version = version + 1, last_task_id = (
            with recursive retries(id, step) as (
                select retried_by_task_id, 1 from finished_tasks where number = ?1
                union all
                select r.retried_by_task_id, step + 1
                from retries join tasks t on t.id = retries.id join finished_tasks r on r.number = t.number
                where r.retried_by_task_id is not null)
            select id from retries order by step desc limit 1)
        where overlap = 'skip' and last_task_id = (
            select t.id from tasks t join finished_tasks f on f.number = t.number where t.number = ?1 and f.retried_by_task_id is not null)
        """;

    public async Task<RemovalStep> RemoveOldAsync(
        long epoch, Prunable what, TimeSpan age, long after, int limit, CancellationToken cancellationToken)
    {
        var (table, time, owners, made) = what switch
        {
            Prunable.FinishedTasks => ("finished_tasks", "changed_at", "tasks", "created_at"),
            Prunable.TaskLogs => ("task_logs", "received_at", "tasks", "created_at"),
            Prunable.ApiRequests => ("api_requests", "requested_at", "api_requests", "requested_at"),
            Prunable.ApiRequestLogs => ("api_request_logs", "received_at", "api_requests", "requested_at"),
            Prunable.RaisedEvents => ("raised_events", "created_at", "raised_events", "created_at"),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
        // It reads first, so nothing is written when nothing is old.
        var page = await ListAsLeaderAsync(epoch,
            $"select r.number, r.{time} <= ?3, o.{made} > ?3 from {table} r join {owners} o on o.number = r.number where r.number > ?1 "
                + "order by r.number limit ?2",
            ReadWalked, after, limit, Now - Microseconds.Of(age));
        var old = page.Old();
        return old.Length == 0 ? page.After(0, limit) : page.After(await WriteAsync(db =>
        {
            CheckEpoch(db, epoch);
            return old.Sum(number => Remove(db, what, number));
        }), limit);
    }

    /// <returns>How many tasks, requests, events or logs were removed: 1, or 0 when it is gone already.</returns>
    private static int Remove(SqliteSession db, Prunable what, long number)
    {
        if (what == Prunable.RaisedEvents)
        {
            return db.Execute("delete from raised_events where number = ?1", number);
        }

        var isOfTasks = what is Prunable.FinishedTasks or Prunable.TaskLogs;
        var logs = db.Execute(
            isOfTasks ? "delete from task_logs where number = ?1" : "delete from api_request_logs where number = ?1", number);
        if (what == Prunable.FinishedTasks)
        {
            db.Execute(HandOver, number);
        }

        return what switch
        {
            Prunable.FinishedTasks => db.Execute("delete from finished_tasks where number = ?1", number) > 0
                ? db.Execute("delete from tasks where number = ?1", number) : 0,
            Prunable.ApiRequests => db.Execute("delete from api_requests where number = ?1", number),
            _ => logs,
        };
    }

    private static WalkedRow ReadWalked(SqliteDataReader row) => new(row.GetInt64(0), row.GetBoolean(1), row.GetBoolean(2));
}
