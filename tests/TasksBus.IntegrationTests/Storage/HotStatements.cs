using TasksBus.Storage.PostgreSql;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>
/// The hot statements, each with values for so many rows: of waiting tasks from number 1 on, of running ones from 200,001 on, of finished
/// ones from 300,001 on, and of requests and events from 1 on.
/// </summary>
internal static class HotStatements
{
    private const int Running = 200_000;
    private const int Finished = 300_000;

    /// <summary>Functions that make values, in a database with one worker or more.</summary>
    public const string Functions =
        """
        create function numbers(a int, b int) returns bigint[] language sql as 'select array_agg(n::bigint order by n) from generate_series(a, b) n';
        create function ids_of(a int, b int) returns uuid[] language sql as 'select array_agg(id order by number) from tasks where number between a and b';
        create function uuids(n int) returns uuid[] language sql as 'select array_agg(gen_random_uuid()) from generate_series(1, n)';
        create function worker() returns uuid language sql as 'select id from workers order by id limit 1';
        create function schedule_ids(n int) returns uuid[] language sql as 'select array_agg(lpad(i::text, 32, ''0'')::uuid) from generate_series(1, n) i';
        """;

    public static IReadOnlyList<string> Names { get; } = [.. Of(1).Keys];

    /// <param name="n">So many rows, 10 to 1,000.</param>
    public static Dictionary<string, HotStatement> Of(int n)
    {
        string zeros = All("0::bigint"), texts = All("'x'::text"), noTexts = All("null::text"), uuids = $"uuids({n})", workers = All("worker()");
        var functions = $"'{Guid.Empty}'::uuid";
        return new()
        {
            ["claim"] = new(Sql.Claim.Waiting, [Numbers(0), zeros, uuids, workers, All("1000::bigint"), $"ids_of(1, {n})", functions], n),
            ["cancel"] = new(Sql.Cancel.Waiting, [Numbers(n), zeros], n),
            ["finish"] = new(Sql.Finish.Waiting, [Numbers(Running), zeros, All("2"), All("true"), texts, texts, texts, uuids, functions], n),
            ["snooze"] = new(Sql.Snooze.Waiting, [Numbers(Running), zeros, zeros, All("null::bigint"), All("1")], n),
            ["there"] = new(Sql.Claim.There, [Numbers(0)], n),
            ["hold"] = new(Sql.Claim.Hold, [Numbers(0)], n),
            ["claim-free"] = new(Sql.Claim.Free, [Numbers(0), zeros, uuids, workers, All("1000::bigint"), $"ids_of(1, {n})", functions], n),
            ["cancel-free"] = new(Sql.Cancel.Free, [Numbers(n), zeros], n),
            ["finish-free"] = new(Sql.Finish.Free, [Numbers(Running), zeros, All("2"), All("true"), texts, texts, texts, uuids, functions], n),
            ["snooze-free"] = new(Sql.Snooze.Free, [Numbers(Running), zeros, zeros, All("null::bigint"), All("1")], n),
            ["insert"] = new(Sql.Insert, [.. NewTasks(All("null::bigint")), functions], n),
            ["insert-unless-known"] = new(Sql.InsertUnlessKnown, [.. NewTasks(All("null::bigint")), functions], n),
            ["advance-schedules"] = new(Sql.Advance, [$"schedule_ids({n})", zeros, All("null::bigint"), uuids, All("1::bigint"), functions], n),
            ["insert-ticks"] = new(Sql.InsertTicks, [$"schedule_ids({n})", zeros, All("null::bigint"), uuids, All("1::bigint"), functions, .. NewTasks(zeros)], n),
            ["insert-successors"] = new(Sql.InsertSuccessors, [.. NewTasks(All("null::bigint")).Where(static value => !value.Contains("json,", StringComparison.Ordinal)), All("null::jsonb"), Numbers(Running + n), zeros], 0),
            ["insert-running"] = new(Sql.InsertRunning, [.. NewTasks(All("null::bigint")), uuids, workers, zeros, functions], n),
            ["write-api-requests"] = new(Sql.WriteApiRequests,
                [uuids, texts, texts, texts, noTexts, noTexts, All("200"), zeros, zeros, noTexts, noTexts, noTexts, texts, zeros, texts], 0),
            ["write-logs"] = new(Sql.WriteLogs, [Numbers(Finished), texts, texts], 0),
            ["write-events"] = new(Sql.WriteEvents, [Numbers(Running), uuids, uuids, texts, texts], 0),
            ["load"] = new(Sql.Load, [$"ids_of(1, {n})"], n),
            ["load-without-input"] = new(Sql.LoadWithoutInput, [$"ids_of(1, {n})"], n),
            ["still-waiting"] = new(Sql.StillWaiting, [Numbers(0), zeros, $"ids_of(1, {n})"], n),
            ["view-pool"] = new(Sql.ViewPool, ["'default'", Numbers(0), $"{n}"], n + 1),
            ["view-pool-from"] = new(Sql.ViewPoolFrom, ["'default'", Numbers(0), $"{n}", "1000::bigint", "0::bigint", "0::bigint"], n + 1),
            ["walk-finished"] = new(Sql.WalkFinished, ["0::bigint", $"{n}", "1000000"], n),
            ["walk-task-logs"] = new(Sql.WalkTaskLogs, ["0::bigint", $"{n}", "1000000"], n),
            ["walk-api-requests"] = new(Sql.WalkApiRequests, ["0::bigint", $"{n}", "1000000"], n),
            ["walk-api-request-logs"] = new(Sql.WalkApiRequestLogs, ["0::bigint", $"{n}", "1000000"], n),
            ["remove-tasks"] = new(Sql.RemoveTasks, [Numbers(Finished), "1::bigint"], 0),
            ["remove-task-logs"] = new(Sql.RemoveTaskLogs, [Numbers(Finished), "1::bigint"], 0),
            ["remove-api-requests"] = new(Sql.RemoveApiRequests, [Numbers(0), "1::bigint"], 0),
            ["remove-api-request-logs"] = new(Sql.RemoveApiRequestLogs, [Numbers(0), "1::bigint"], 0),
            ["next-events"] = new(Sql.NextEvents, [$"{n}"], n),
            ["delete-events"] = new(Sql.DeleteEvents, [Numbers(0)], 0),
            ["mark-ready"] = new(Sql.MarkReady, ["'default'", $"{n}"], 1),
            ["mark-ready-of-another-pool"] = new(Sql.MarkReady, ["'idle'", $"{n}"], 0),
            ["waiting-pools"] = new(Sql.WaitingPools, [], 1),
            ["workers"] = new(Sql.Workers, [], null),
            ["orphans"] = new(Sql.Orphans, [$"{n}"], 0),
        };

        string All(string value) => $"array_fill({value}, array[{n}])";

        string Numbers(int behind) => $"numbers({behind + 1}, {behind + n})";

        string[] NewTasks(string times) =>
            [uuids, texts, All("'default'::text"), All("5::bigint"), times, All("'{}'::json"), All("null::jsonb"), noTexts, noTexts];
    }
}

/// <param name="Values">Its parameters, as expressions.</param>
/// <param name="Rows">How many rows it says; null: as many as there are workers.</param>
internal sealed record HotStatement(string Sql, IReadOnlyList<string> Values, int? Rows)
{
    /// <summary>How it is run once it is prepared under a name.</summary>
    public string Call(string name) => Values.Count == 0 ? $"execute \"{name}\"" : $"execute \"{name}\"({string.Join(", ", Values)})";
}
