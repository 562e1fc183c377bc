using Microsoft.Data.Sqlite;

namespace TasksBus.Storage.Sqlite;

public sealed partial class SqliteTaskStore
{
    public async Task<RemovalStep> RemoveOldAsync(long epoch, Kept what, TimeSpan age, long after, int limit, CancellationToken cancellationToken)
    {
        var (table, time) = what == Kept.FinishedTasks ? ("finished_tasks", "changed_at") : ("task_logs", "received_at");
        // A read first: where nothing is old nothing is written.
        var page = await ListAsLeaderAsync(epoch,
            $"select r.number, r.{time} <= ?3, t.created_at > ?3 from {table} r join tasks t on t.number = r.number where r.number > ?1 order by r.number limit ?2",
            ReadWalked, after, limit, Now - Microseconds.Of(age));
        var old = page.Old();
        return old.Length == 0 ? page.After(0, limit) : page.After(await WriteAsync(db =>
        {
            CheckEpoch(db, epoch);
            var removed = 0;
            foreach (var number in old)
            {
                var logs = db.Execute("delete from task_logs where number = ?1", number);
                removed += what == Kept.Logs ? logs
                    : db.Execute("delete from finished_tasks where number = ?1", number) > 0 ? db.Execute("delete from tasks where number = ?1", number)
                    : 0;
            }

            return removed;
        }), limit);
    }

    private static WalkedRow ReadWalked(SqliteDataReader row) => new(row.GetInt64(0), row.GetBoolean(1), row.GetBoolean(2));
}
