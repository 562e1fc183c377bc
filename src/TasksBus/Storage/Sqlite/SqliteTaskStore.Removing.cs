using Microsoft.Data.Sqlite;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    /// <summary>A task that was retried stays until the last of its retries has ended, for it leads to that one.</summary>
    private const string UnfinishedRetry =
        """
        with recursive retries(id) as (
            select retried_by_task_id from finished_tasks where number = ?1 and retried_by_task_id is not null
            union all
            select r.retried_by_task_id
            from retries join tasks t on t.id = retries.id join finished_tasks r on r.number = t.number
            where r.retried_by_task_id is not null)
        select 1
        from retries join tasks t on t.id = retries.id
        where not exists (select 1 from finished_tasks r where r.number = t.number)
        limit 1
        """;

    public async Task<RemovalStep> RemoveOldAsync(long epoch, Kept what, TimeSpan age, long after, int limit, CancellationToken cancellationToken)
    {
        var (table, time, owners, made) = what switch
        {
            Kept.FinishedTasks => ("finished_tasks", "changed_at", "tasks", "created_at"),
            Kept.TaskLogs => ("task_logs", "received_at", "tasks", "created_at"),
            Kept.ApiRequests => ("api_requests", "requested_at", "api_requests", "requested_at"),
            Kept.ApiRequestLogs => ("api_request_logs", "received_at", "api_requests", "requested_at"),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
        // A read first: where nothing is old nothing is written.
        var page = await ListAsLeaderAsync(epoch,
            $"select r.number, r.{time} <= ?3, o.{made} > ?3 from {table} r join {owners} o on o.number = r.number where r.number > ?1 order by r.number limit ?2",
            ReadWalked, after, limit, Now - Microseconds.Of(age));
        var old = page.Old();
        return old.Length == 0 ? page.After(0, limit) : page.After(await WriteAsync(db =>
        {
            CheckEpoch(db, epoch);
            return old.Sum(number => Remove(db, what, number));
        }), limit);
    }

    /// <returns>How many tasks, requests or logs: 1, or 0 where it is gone already.</returns>
    private static int Remove(SqliteSession db, Kept what, long number)
    {
        if (what == Kept.FinishedTasks && (db.Scalar(UnfinishedRetry, number) is not null || db.Execute("delete from finished_tasks where number = ?1", number) == 0))
        {
            return 0;
        }

        var isOfTasks = what is Kept.FinishedTasks or Kept.TaskLogs;
        var logs = db.Execute(isOfTasks ? "delete from task_logs where number = ?1" : "delete from api_request_logs where number = ?1", number);
        return what switch
        {
            Kept.FinishedTasks => db.Execute("delete from tasks where number = ?1", number),
            Kept.ApiRequests => db.Execute("delete from api_requests where number = ?1", number),
            _ => logs,
        };
    }

    private static WalkedRow ReadWalked(SqliteDataReader row) => new(row.GetInt64(0), row.GetBoolean(1), row.GetBoolean(2));
}
