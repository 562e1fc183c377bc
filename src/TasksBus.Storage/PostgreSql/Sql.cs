using System.Text.RegularExpressions;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// The hot statements. Each is a file in the folder Sql, which gives its purpose, the index that it needs and the locks that it takes.
/// </summary>
/// <remarks>
/// Tables that are empty now and hold a million rows a minute later mislead every planner, and a plan is kept. So no statement leaves the
/// planner a choice. None joins one of these tables, and no second index could find rows that are named by number. Rows are named by an
/// array of their numbers, in ascending order. Other values for a row are at the same position in other arrays; <c>width_bucket</c> finds
/// the position. Rows of two tables are brought together by a lateral query with <c>offset 0</c>, which looks each one up. The least and
/// the greatest value are the first in the order of an index.
/// </remarks>
internal static partial class Sql
{
    private const string UnlessKnown = "on conflict (id) do nothing";

    public static readonly string Load = Read("load", ("columns", TaskReader.ColumnsWithInput), ("logs", ""));
    public static readonly string LoadWithoutInput = Read("load", ("columns", TaskReader.Columns), ("logs", ""));

    public static readonly string LoadWithResult = Read(
        "load", ("columns", TaskReader.ColumnsWithResult),
        ("logs", "\nleft join lateral (select * from task_logs where number = t.number offset 0) l on true"));

    public static readonly string Insert = Inserting("");

    /// <summary>Inserts tasks that may be known already. The first content of an id wins and stays.</summary>
    public static readonly string InsertUnlessKnown = Inserting(UnlessKnown);

    public static readonly string Advance = Read("advance-schedules");
    public static readonly string NextTick = Read("next-tick");
    public static readonly string InsertTicks = Read(
        "insert-ticks", ("advance", Advance), ("stored", Stored(UnlessKnown, ", schedule_id")));
    public static readonly string InsertEvents = Read("insert-events");
    public static readonly string InsertTriggered = Read(
        "insert-triggered", ("events", InsertEvents), ("stored", Stored(UnlessKnown, ", event_id")));
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
    public static readonly string WriteHistory = Read("write-history");
    public static readonly string MarkReady = Read("mark-ready");
    public static readonly string ViewPool = Read("view-pool", ("ready", Read("ready")));
    public static readonly string ViewPoolFrom = Read("view-pool", ("ready", Read("ready-from")));
    public static readonly string FunctionsOf = Read("functions-of");
    public static readonly string PutAside = Read("put-aside");
    public static readonly string PutBack = Read("put-back");
    public static readonly string TracesOf = Read("traces-of");
    public static readonly string WaitingPools = Read("waiting-pools");
    public static readonly string StillWaiting = Read("still-waiting");
    public static readonly string NextEvents = Read("next-events");
    public static readonly string DeleteEvents = Read("delete-events");
    public static readonly string StatusPools = Read("status-pools");
    public static readonly string Backlog = Read("backlog");
    public static readonly string QueuePlace = Read("queue-place");
    public static readonly string Workers = Read("workers");
    public static readonly string Orphans = Read("orphans");
    public static readonly string WalkFinished = Walk("finished_tasks", "changed_at", "tasks", "created_at");
    public static readonly string WalkTaskLogs = Walk("task_logs", "received_at", "tasks", "created_at");
    public static readonly string WalkApiRequests = Walk("api_requests", "requested_at", "api_requests", "requested_at");
    public static readonly string WalkApiRequestLogs = Walk("api_request_logs", "received_at", "api_requests", "requested_at");
    public static readonly string WalkRaisedEvents = Walk("raised_events", "created_at", "raised_events", "created_at");
    public static readonly string RemoveTasks = Read("remove-tasks");
    public static readonly string RemoveTaskLogs = Read("remove-logs", ("table", "task_logs"));
    public static readonly string RemoveApiRequests = Read("remove-api-requests");
    public static readonly string RemoveApiRequestLogs = Read("remove-logs", ("table", "api_request_logs"));
    public static readonly string RemoveRaisedEvents = Read("remove-events");
    public static readonly string Lead = Read("lead");
    public static readonly string CheckInstallation = Read("check-installation");

    /// <summary>The statements on the inbox, which is in a schema of its own.</summary>
    /// <param name="schema">Its name, in quotes.</param>
    public static InboxStatements OfInbox(string schema) => new(
        Read("next-inbox", ("schema", schema)),
        Inserting(UnlessKnown, Read("take-inbox", ("schema", schema)), " and u.id = any(array(select id from taken))"),
        Read("delete-inbox", ("schema", schema)),
        Read("refuse-inbox", ("schema", schema)));

    private static string Inserting(string unlessKnown, string taken = "", string onlyTaken = "") =>
        Read("insert", ("stored", Stored(unlessKnown)), ("taken", taken), ("only_taken", onlyTaken));

    /// <summary>The end of the statements that insert tasks.</summary>
    /// <param name="maker">The column of what made them, after a comma, if it is known.</param>
    private static string Stored(string unlessKnown, string maker = "") =>
        Read("store-sent", ("unless_known", unlessKnown), ("maker", maker));

    private static string Walk(string table, string time, string owners, string made) =>
        Read("walk", ("table", table), ("time", time), ("owners", owners), ("made", made));

    private static Move Moving(string name, string table)
    {
        var (there, hold) = (Read("there", ("table", table)), Read("hold", ("table", table)));
        var free = $"array(select number from {table} where number = any($1::bigint[]) order by number for update skip locked)";
        return new(Read(name, ("numbers", "$1::bigint[]")), there, hold, Read(name, ("numbers", free)));
    }

    private static string Read(string name, params ReadOnlySpan<(string Hole, string Text)> filled) =>
        Fill(name, EmbeddedText.Read($"{typeof(Sql).FullName}.{name}.sql"), filled);

    /// <summary>Fills the holes of a statement, written <c>{name}</c>. Exactly the given holes must exist.</summary>
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

        return left.Count == 0
            ? sql : throw new InvalidOperationException($"{name}.sql has {string.Join(", ", left)}, which nothing fills.");
    }

    [GeneratedRegex(@"\{[a-z_]+\}")]
    private static partial Regex Hole();
}

/// <summary>A statement that takes rows by their numbers, in its variants.</summary>
/// <param name="Waiting">Waits for rows that another transaction holds, at most <see cref="PostgresDatabase.LockPatience"/>.</param>
/// <param name="There">Finds which rows exist. A row that exists but cannot be locked is held by another transaction.</param>
/// <param name="Hold">Finds which rows can be locked at once, and locks them.</param>
/// <param name="Free">Runs after that and takes only those rows.</param>
internal sealed record Move(string Waiting, string There, string Hold, string Free);

/// <param name="Next">Reads the oldest rows.</param>
/// <param name="Take">Makes tasks of rows and deletes the rows.</param>
/// <param name="Delete">Deletes rows that need no task.</param>
/// <param name="Refuse">Moves rows that cannot become tasks to the refusals.</param>
internal sealed record InboxStatements(string Next, string Take, string Delete, string Refuse);
