using TasksBus.Storage.Model;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>
/// The hot statements, each with values for so many rows: of waiting tasks from number 1 on, of running ones from 200,001 on, of finished
/// ones from 300,001 on, and of requests and events from 1 on.
/// </summary>
internal sealed class HotStatements(int n)
{
    private const int Running = 200_000;
    private const int Finished = 300_000;

    /// <summary>Functions that make values, for a database with at least one worker.</summary>
    public const string Functions =
        """
        create function numbers(a int, b int) returns bigint[] language sql as
            'select array_agg(n::bigint order by n) from generate_series(a, b) n';
        create function ids_of(a int, b int) returns uuid[] language sql as
            'select array_agg(id order by number) from tasks where number between a and b';
        create function uuids(n int) returns uuid[] language sql as 'select array_agg(gen_random_uuid()) from generate_series(1, n)';
        create function worker() returns uuid language sql as 'select id from workers order by id limit 1';
        create function schedule_ids(n int) returns uuid[] language sql as
            'select array_agg(lpad(i::text, 32, ''0'')::uuid) from generate_series(1, n) i';
        create function inbox_ids(n int) returns uuid[] language sql as
            'select array_agg(id order by position) from tasksbus.inbox where position <= n';
        """;

    private readonly string _zeros = $"array_fill(0::bigint, array[{n}])";
    private readonly string _texts = $"array_fill('x'::text, array[{n}])";
    private readonly string _noTexts = $"array_fill(null::text, array[{n}])";
    private readonly string _uuids = $"uuids({n})";
    private readonly string _workers = $"array_fill(worker(), array[{n}])";
    private readonly string _functions = $"'{Guid.Empty}'::uuid";

    private static readonly InboxStatements s_inbox = Sql.OfInbox("tasksbus");

    public static IReadOnlyList<string> Names { get; } = [.. Of(1).Keys];

    /// <param name="n">The number of rows, from 10 to 1,000.</param>
    public static Dictionary<string, HotStatement> Of(int n)
    {
        HotStatements all = new(n);
        return all.Steps().Concat(all.Writes()).Concat(all.Reads()).Concat(all.Removals()).ToDictionary();
    }

    private Dictionary<string, HotStatement> Steps() => new()
    {
        ["claim"] = new(Sql.Claim.Waiting, [Numbers(0), _zeros, _uuids, _workers, All("1000::bigint"), $"ids_of(1, {n})", _functions], n),
        ["cancel"] = new(Sql.Cancel.Waiting, [Numbers(n), _zeros], n),
        ["finish"] = new(
            Sql.Finish.Waiting, [Numbers(Running), _zeros, All("2"), All("true"), _texts, _texts, _texts, _uuids, _functions], n),
        ["snooze"] = new(Sql.Snooze.Waiting, [Numbers(Running), _zeros, _zeros, All("null::bigint"), All("1"), _texts, _texts], n),
        ["there"] = new(Sql.Claim.There, [Numbers(0)], n),
        ["hold"] = new(Sql.Claim.Hold, [Numbers(0)], n),
        ["claim-free"] = new(Sql.Claim.Free, [Numbers(0), _zeros, _uuids, _workers, All("1000::bigint"), $"ids_of(1, {n})", _functions], n),
        ["cancel-free"] = new(Sql.Cancel.Free, [Numbers(n), _zeros], n),
        ["finish-free"] = new(
            Sql.Finish.Free, [Numbers(Running), _zeros, All("2"), All("true"), _texts, _texts, _texts, _uuids, _functions], n),
        ["snooze-free"] = new(Sql.Snooze.Free, [Numbers(Running), _zeros, _zeros, All("null::bigint"), All("1"), _texts, _texts], n),
    };

    private Dictionary<string, HotStatement> Writes() => new()
    {
        ["insert"] = new(Sql.Insert, [.. NewTasks(All("null::bigint")), _functions], n),
        ["insert-unless-known"] = new(Sql.InsertUnlessKnown, [.. NewTasks(All("null::bigint")), _functions], n),
        ["advance-schedules"] = new(
            Sql.Advance, [$"schedule_ids({n})", _zeros, All("null::bigint"), _uuids, All("1::bigint"), _functions], n),
        ["insert-ticks"] = new(
            Sql.InsertTicks,
            [$"schedule_ids({n})", _zeros, All("null::bigint"), _uuids, All("1::bigint"), _functions, .. NewTasks(_zeros)], n),
        ["insert-successors"] = new(
            Sql.InsertSuccessors,
            [.. NewTasks(All("null::bigint")).Where(static value => !value.Contains("json,", StringComparison.Ordinal)),
                All("null::jsonb"), Numbers(Running + n), _zeros], 0),
        ["insert-running"] = new(Sql.InsertRunning, [.. NewTasks(All("null::bigint")), _uuids, _workers, _zeros, _functions], n),
        ["insert-events"] = new(Sql.InsertEvents, NewEvents(_uuids), n),
        ["insert-triggered"] = new(
            Sql.InsertTriggered, [.. NewEvents($"schedule_ids({n})"), $"schedule_ids({n})", .. NewTasks(All("null::bigint"))], n),
        ["write-api-requests"] = new(
            Sql.WriteApiRequests,
            [_uuids, _texts, _texts, _texts, _noTexts, _noTexts, All("200"), _zeros, _zeros, _noTexts, _noTexts, _noTexts, _texts, _zeros,
                _texts], 0),
        ["write-history"] = new(Sql.WriteHistory, [Numbers(0), _texts, _uuids, _texts], 0),
        ["take-inbox"] = new(
            s_inbox.Take,
            [$"inbox_ids({n})", .. NewTasks(All("null::bigint")).Skip(1), _functions, Numbers(0)], n),
        ["delete-inbox"] = new(s_inbox.Delete, [Numbers(0)], 0),
        ["refuse-inbox"] = new(s_inbox.Refuse, [Numbers(0), All("16"), _texts, _texts], 0),
        ["write-logs"] = new(Sql.WriteLogs, [Numbers(Finished), _texts, _texts, _noTexts, All("false")], 0),
        ["write-events"] = new(Sql.WriteEvents, [Numbers(Running), _uuids, _uuids, _texts, _texts], 0),
    };

    private Dictionary<string, HotStatement> Reads() => new()
    {
        ["load"] = new(Sql.Load, [$"ids_of(1, {n})"], n),
        ["load-with-result"] = new(Sql.LoadWithResult, [$"ids_of(1, {n})"], n),
        ["load-without-input"] = new(Sql.LoadWithoutInput, [$"ids_of(1, {n})"], n),
        ["still-waiting"] = new(Sql.StillWaiting, [Numbers(0), _zeros, $"ids_of(1, {n})"], n),
        ["view-pool"] = new(Sql.ViewPool, ["'default'", Numbers(0), $"{n}"], n + 1),
        ["view-pool-from"] = new(Sql.ViewPoolFrom, ["'default'", Numbers(0), $"{n}", "1000::bigint", "0::bigint", "0::bigint"], n + 1),
        ["next-inbox"] = new(s_inbox.Next, ["0::bigint", $"{n}", "1000000::bigint"], n),
        ["next-inbox-from"] = new(s_inbox.Next, ["10::bigint", $"{n}", "1000000::bigint"], n),
        ["next-events"] = new(Sql.NextEvents, [$"{n}"], n),
        ["delete-events"] = new(Sql.DeleteEvents, [Numbers(0)], 0),
        ["next-tick"] = new(Sql.NextTick, ["1::bigint", _uuids], 1),
        ["mark-ready"] = new(Sql.MarkReady, ["'default'", $"{n}"], 1),
        ["mark-ready-of-another-pool"] = new(Sql.MarkReady, ["'idle'", $"{n}"], 0),
        ["functions-of"] = new(Sql.FunctionsOf, [Numbers(0)], n),
        ["put-aside"] = new(Sql.PutAside, ["'default'", "array['nobody']", $"{n}"], 1),
        ["put-back"] = new(Sql.PutBack, ["'idle'", "'default/x'", $"{n}"], 1),
        ["waiting-pools"] = new(Sql.WaitingPools, [], 1),
        ["status-pools"] = new(Sql.StatusPools, [$"{n}"], 1),
        ["backlog"] = new(Sql.Backlog, [$"{n}", "1000"], null),
        ["failures"] = new(FailureQueries.Groups("$1"), ["0::bigint"], null),
        ["queue-place"] = new(Sql.QueuePlace, [$"(ids_of(1, 1))[1]", $"{n}"], 1),
        ["workers"] = new(Sql.Workers, [], null),
        ["orphans"] = new(Sql.Orphans, [$"{n}"], 0),
    };

    private Dictionary<string, HotStatement> Removals() => new()
    {
        ["walk-finished"] = new(Sql.WalkFinished, ["0::bigint", $"{n}", "1000000"], n),
        ["walk-task-logs"] = new(Sql.WalkTaskLogs, ["0::bigint", $"{n}", "1000000"], n),
        ["walk-api-requests"] = new(Sql.WalkApiRequests, ["0::bigint", $"{n}", "1000000"], n),
        ["walk-api-request-logs"] = new(Sql.WalkApiRequestLogs, ["0::bigint", $"{n}", "1000000"], n),
        ["walk-raised-events"] = new(Sql.WalkRaisedEvents, ["0::bigint", $"{n}", "1000000"], n),
        ["remove-raised-events"] = new(Sql.RemoveRaisedEvents, [Numbers(0), "1::bigint"], 0),
        ["remove-tasks"] = new(Sql.RemoveTasks, [Numbers(Finished), "1::bigint"], 0),
        ["remove-task-logs"] = new(Sql.RemoveTaskLogs, [Numbers(Finished), "1::bigint"], 0),
        ["remove-api-requests"] = new(Sql.RemoveApiRequests, [Numbers(0), "1::bigint"], 0),
        ["remove-api-request-logs"] = new(Sql.RemoveApiRequestLogs, [Numbers(0), "1::bigint"], 0),
    };

    private string All(string value) => $"array_fill({value}, array[{n}])";

    private string Numbers(int behind) => $"numbers({behind + 1}, {behind + n})";

    private string[] NewEvents(string ids) =>
        [ids, _texts, All("'{}'::json"), All("0"), All("1"), All("null::uuid"), _noTexts, _noTexts, _zeros, _functions];

    private string[] NewTasks(string times) =>
        [_uuids, _texts, All("'default'::text"), All("5::bigint"), times, All("'{}'::json"), All("null::jsonb"), _noTexts, _noTexts,
            _noTexts, _noTexts, All("0::smallint"), _noTexts];
}

/// <param name="Values">Its parameters, as expressions.</param>
/// <param name="Rows">How many rows it reports; null means as many as there are workers.</param>
internal sealed record HotStatement(string Sql, IReadOnlyList<string> Values, int? Rows)
{
    /// <summary>How to run it once it is prepared under a name.</summary>
    public string Call(string name) => Values.Count == 0 ? $"execute \"{name}\"" : $"execute \"{name}\"({string.Join(", ", Values)})";
}
