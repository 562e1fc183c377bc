namespace TasksBus.Storage.PostgreSql;

internal sealed partial class PostgresTaskStore
{
    public async Task<RemovalStep> RemoveOldAsync(
        long epoch, Prunable what, TimeSpan age, long after, int limit, CancellationToken cancellationToken)
    {
        var (walk, remove) = what switch
        {
            Prunable.FinishedTasks => (Sql.WalkFinished, Sql.RemoveTasks),
            Prunable.TaskLogs => (Sql.WalkTaskLogs, Sql.RemoveTaskLogs),
            Prunable.ApiRequests => (Sql.WalkApiRequests, Sql.RemoveApiRequests),
            Prunable.ApiRequestLogs => (Sql.WalkApiRequestLogs, Sql.RemoveApiRequestLogs),
            Prunable.RaisedEvents => (Sql.WalkRaisedEvents, Sql.RemoveRaisedEvents),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
        var page = await ListAsLeaderAsync(epoch, Command(walk, Value(after), Value((long)limit), Value(Microseconds.Of(age))),
            static row => new WalkedRow(row.GetInt64(0), row.GetBoolean(1), row.GetBoolean(2)), cancellationToken);
        var old = page.Old();
        if (old.Length == 0)
        {
            return page.After(0, limit);
        }

        var current = 0L;
        var command = Command(remove, Of(old, static number => number), Value(epoch));
        var run = await RunAsync(
            database.Hot, [(Command("select epoch from leader"), row => current = row.GetInt64(0)), (command, null)], cancellationToken);
        CheckEpoch(epoch, current);
        return page.After((int)run[1].Command.RecordsAffected, limit);
    }
}
