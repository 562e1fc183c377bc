using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The hot statements: each a file in the folder Sql, which says what it is for, the index that it needs and the locks that it takes.</summary>
/// <remarks>
/// Tables that are empty now and hold a million rows a minute later fool every planner, and a plan is kept. So no statement leaves it a choice:
/// none joins one of these tables. Rows are named by an array of their numbers, in ascending order, and what else there is for a row
/// stands at the same place in other arrays: <c>width_bucket</c> finds the place. Where rows of two tables are brought together, a lateral
/// query with <c>offset 0</c> looks each one up.
/// </remarks>
internal static class Sql
{
    public static readonly string Load = Read("load").Replace("{columns}", TaskReader.Columns, StringComparison.Ordinal).Replace("{joins}", TaskReader.Joins, StringComparison.Ordinal);
    public static readonly string Insert = Read("insert");

    /// <summary>For tasks that may be known already: the first content of an id wins, and stays.</summary>
    public static readonly string InsertUnlessKnown = Insert.Replace("order by id\n", "order by id on conflict (id) do nothing\n", StringComparison.Ordinal);

    public static readonly string Advance = Read("advance-schedules");
    public static readonly string InsertTicks = Read("insert-ticks").Replace("{advance}", Advance, StringComparison.Ordinal);
    public static readonly string InsertSuccessors = Read("insert-successors");
    public static readonly string InsertRunning = Read("insert-running");
    public static readonly string LockWorkers = Read("lock-workers");
    public static readonly string Claim = Read("claim");
    public static readonly string Finish = Read("finish");
    public static readonly string Cancel = Read("cancel");
    public static readonly string GiveBack = Read("give-back");
    public static readonly string WriteLogs = Read("write-logs");
    public static readonly string WriteEvents = Read("write-events");
    public static readonly string WriteApiRequests = Read("write-api-requests");
    public static readonly string MarkReady = Read("mark-ready");
    public static readonly string ViewPool = Read("view-pool").Replace("{ready}", Read("ready"), StringComparison.Ordinal);
    public static readonly string ViewPoolFrom = Read("view-pool").Replace("{ready}", Read("ready-from"), StringComparison.Ordinal);
    public static readonly string ReadyPools = Read("ready-pools");
    public static readonly string WalkFinished = Walk("finished_tasks", "changed_at", "tasks", "created_at");
    public static readonly string WalkTaskLogs = Walk("task_logs", "received_at", "tasks", "created_at");
    public static readonly string WalkApiRequests = Walk("api_requests", "requested_at", "api_requests", "requested_at");
    public static readonly string WalkApiRequestLogs = Walk("api_request_logs", "received_at", "api_requests", "requested_at");
    public static readonly string RemoveTasks = Read("remove-tasks");
    public static readonly string RemoveTaskLogs = Read("remove-logs").Replace("{table}", "task_logs", StringComparison.Ordinal);
    public static readonly string RemoveApiRequests = Read("remove-api-requests");
    public static readonly string RemoveApiRequestLogs = Read("remove-logs").Replace("{table}", "api_request_logs", StringComparison.Ordinal);
    public static readonly string Lead = Read("lead");
    public static readonly string CheckInstallation = Read("check-installation");

    private static string Walk(string table, string time, string owners, string made) =>
        Read("walk").Replace("{table}", table, StringComparison.Ordinal).Replace("{time}", time, StringComparison.Ordinal)
            .Replace("{owners}", owners, StringComparison.Ordinal).Replace("{made}", made, StringComparison.Ordinal);

    private static string Read(string name)
    {
        using var stream = typeof(Sql).Assembly.GetManifestResourceStream($"{typeof(Sql).FullName}.{name}.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
