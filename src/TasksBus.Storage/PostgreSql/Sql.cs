using System.Text.RegularExpressions;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The hot statements: each a file in the folder Sql, which says what it is for, the index that it needs and the locks that it takes.</summary>
/// <remarks>
/// Tables that are empty now and hold a million rows a minute later fool every planner, and a plan is kept. So no statement leaves it a choice:
/// none joins one of these tables, and where rows are named, no other index could find them. Rows are named by an array of their numbers, in
/// ascending order, and what else there is for a row stands at the same place in other arrays: <c>width_bucket</c> finds the place. Where rows of
/// two tables are brought together, a lateral query with <c>offset 0</c> looks each one up. The least and the greatest are the first in the order of an index.
/// </remarks>
internal static partial class Sql
{
    public static readonly string Load = Read("load", ("columns", TaskReader.ColumnsWithInput));
    public static readonly string LoadWithoutInput = Read("load", ("columns", TaskReader.Columns));
    public static readonly string Insert = Read("insert", ("unless_known", ""));

    /// <summary>For tasks that may be known already: the first content of an id wins, and stays.</summary>
    public static readonly string InsertUnlessKnown = Read("insert", ("unless_known", "on conflict (id) do nothing"));

    public static readonly string Advance = Read("advance-schedules");
    public static readonly string InsertTicks = Read("insert-ticks", ("advance", Advance));
    public static readonly string InsertSuccessors = Read("insert-successors");
    public static readonly string InsertRunning = Read("insert-running");
    public static readonly string LockWorkers = Read("lock-workers");
    public static readonly Move Claim = Moving("claim", "waiting_tasks");
    public static readonly Move Finish = Moving("finish", "running_tasks");
    public static readonly Move Cancel = Moving("cancel", "waiting_tasks");
    public static readonly Move Snooze = Moving("snooze", "running_tasks");
    public static readonly string WriteLogs = Read("write-logs");
    public static readonly string WriteEvents = Read("write-events");
    public static readonly string WriteApiRequests = Read("write-api-requests");
    public static readonly string MarkReady = Read("mark-ready");
    public static readonly string ViewPool = Read("view-pool", ("ready", Read("ready")));
    public static readonly string ViewPoolFrom = Read("view-pool", ("ready", Read("ready-from")));
    public static readonly string WaitingPools = Read("waiting-pools");
    public static readonly string StillWaiting = Read("still-waiting");
    public static readonly string NextEvents = Read("next-events");
    public static readonly string DeleteEvents = Read("delete-events");
    public static readonly string Workers = Read("workers");
    public static readonly string Orphans = Read("orphans");
    public static readonly string WalkFinished = Walk("finished_tasks", "changed_at", "tasks", "created_at");
    public static readonly string WalkTaskLogs = Walk("task_logs", "received_at", "tasks", "created_at");
    public static readonly string WalkApiRequests = Walk("api_requests", "requested_at", "api_requests", "requested_at");
    public static readonly string WalkApiRequestLogs = Walk("api_request_logs", "received_at", "api_requests", "requested_at");
    public static readonly string RemoveTasks = Read("remove-tasks");
    public static readonly string RemoveTaskLogs = Read("remove-logs", ("table", "task_logs"));
    public static readonly string RemoveApiRequests = Read("remove-api-requests");
    public static readonly string RemoveApiRequestLogs = Read("remove-logs", ("table", "api_request_logs"));
    public static readonly string Lead = Read("lead");
    public static readonly string CheckInstallation = Read("check-installation");

    private static string Walk(string table, string time, string owners, string made) => Read("walk", ("table", table), ("time", time), ("owners", owners), ("made", made));

    private static Move Moving(string name, string table)
    {
        var (there, hold) = (Read("there", ("table", table)), Read("hold", ("table", table)));
        var free = $"array(select number from {table} where number = any($1::bigint[]) order by number for update skip locked)";
        return new(Read(name, ("numbers", "$1::bigint[]")), there, hold, Read(name, ("numbers", free)));
    }

    private static string Read(string name, params ReadOnlySpan<(string Hole, string Text)> filled)
    {
        using var stream = typeof(Sql).Assembly.GetManifestResourceStream($"{typeof(Sql).FullName}.{name}.sql")!;
        using var reader = new StreamReader(stream);
        return Fill(name, reader.ReadToEnd(), filled);
    }

    /// <summary>Fills the holes of a statement, written <c>{name}</c>: all of them, and no others.</summary>
    /// <exception cref="InvalidOperationException">The statement has a hole that is not filled, or lacks one.</exception>
    internal static string Fill(string name, string sql, params ReadOnlySpan<(string Hole, string Text)> filled)
    {
        var left = Hole().Matches(sql).Select(static match => match.Value).ToHashSet();
        foreach (var (hole, text) in filled)
        {
            if (!left.Remove($"{{{hole}}}"))
            {
                throw new InvalidOperationException($"{name}.sql has no {{{hole}}} to be filled.");
            }

            sql = sql.Replace($"{{{hole}}}", text, StringComparison.Ordinal);
        }

        return left.Count == 0 ? sql : throw new InvalidOperationException($"{name}.sql has {string.Join(", ", left)}, which nothing fills.");
    }

    [GeneratedRegex(@"\{[a-z_]+\}")]
    private static partial Regex Hole();
}

/// <summary>A statement that takes rows by their numbers.</summary>
/// <param name="Waiting">Waits for rows that another transaction holds, until <see cref="PostgresDatabase.LockPatience"/> is over.</param>
/// <param name="There">Says which rows are there: one that cannot be had, and is, is held by another transaction.</param>
/// <param name="Hold">Says which rows can be had at once, and takes hold of them.</param>
/// <param name="Free">After that: takes those rows only.</param>
internal sealed record Move(string Waiting, string There, string Hold, string Free);
