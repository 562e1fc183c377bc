using System.Text.Json;
using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>
/// A hundred thousand rows of each kind come at one moment, before the server has looked at them. A hot statement looks only at the rows
/// that it is about, whatever the planner was told before.
/// </summary>
[Collection(NeedsDatabase.Name)]
public sealed class BurstTests(BurstTests.Bursts bursts) : IClassFixture<BurstTests.Bursts>
{
    private const int Burst = 100_000;
    private const int Workers = 500;
    private const int AtOnce = 500;

    /// <summary>
    /// The rows that a few statements look at besides: all due tasks, to find the most urgent; each worker with its two counts; or each
    /// running task with its worker.
    /// </summary>
    private static readonly Dictionary<string, int> s_besides = new()
    {
        ["mark-ready"] = Burst,
        ["view-pool"] = 3 * Workers,
        ["view-pool-from"] = 3 * Workers,
        ["workers"] = 3 * Workers,
        ["orphans"] = 2 * Burst,
    };

    /// <summary>When the statistics were made. Only the last ones know of the burst.</summary>
    public enum Analyzed
    {
        Never,
        WhenEmpty,
        WhenAllWereReady,
        WhenNoneWasReady,
        Now,
    }

    /// <summary>When and how the plan is made.</summary>
    public enum Planned
    {
        BeforeTheBurst,
        Now,
        ForItsValues,
    }

    public static TheoryData<string, Analyzed> Cases()
    {
        TheoryData<string, Analyzed> cases = [];
        foreach (var statement in HotStatements.Names)
        {
            foreach (var analyzed in Enum.GetValues<Analyzed>())
            {
                cases.Add(statement, analyzed);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_hot_statement_looks_at_few_rows_of_a_burst_whatever_the_statistics_say(string statement, Analyzed analyzed)
    {
        var most = 8 * AtOnce + s_besides.GetValueOrDefault(statement);
        foreach (var planned in Enum.GetValues<Planned>())
        {
            if (bursts.Plans.TryGetValue((statement, analyzed, planned), out var plan))
            {
                var rows = RowsLookedAt(plan.RootElement[0].GetProperty("Plan"));
                Assert.True(rows <= most, $"It looks at {rows} rows, planned {planned}:\n{plan.RootElement}");
                if (HotStatements.Of(AtOnce)[statement].Rows is { } said)
                {
                    Assert.Equal(said, plan.RootElement[0].GetProperty("Plan").GetProperty("Actual Rows").GetInt32());
                }
            }
        }
    }

    /// <summary>The rows that a plan reads from tables, and the pairs of rows that its joins compare in vain.</summary>
    private static long RowsLookedAt(JsonElement node)
    {
        var (loops, rows) = (Number(node, "Actual Loops"), 0L);
        if (node.TryGetProperty("Relation Name", out _) && node.GetProperty("Node Type").GetString() != "ModifyTable")
        {
            rows += loops * (Number(node, "Actual Rows")
                + Number(node, "Rows Removed by Filter") + Number(node, "Rows Removed by Index Recheck"));
        }

        rows += loops * Number(node, "Rows Removed by Join Filter");
        return node.TryGetProperty("Plans", out var inner) ? rows + inner.EnumerateArray().Sum(RowsLookedAt) : rows;
    }

    private static long Number(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? (long)value.GetDouble() : 0;

    /// <summary>Each statement's plans and what they did, in databases that autovacuum leaves alone.</summary>
    public sealed class Bursts(LocalServers servers) : IAsyncLifetime
    {
        private static readonly Dictionary<string, HotStatement> s_statements = HotStatements.Of(AtOnce);

        internal Dictionary<(string Statement, Analyzed, Planned), JsonDocument> Plans { get; } = [];

        public async Task InitializeAsync()
        {
            await MeasureAsync(Analyzed.WhenAllWereReady, isReady: true);
            await MeasureAsync(Analyzed.WhenNoneWasReady, isReady: false, Analyzed.WhenEmpty, Analyzed.Never, Analyzed.Now);
        }

        public Task DisposeAsync() => Task.CompletedTask;

        /// <summary>Fills a database with a few rows of one kind, analyzes it, empties it, and inserts the burst.</summary>
        /// <param name="others">Further statistics with which the same burst is measured.</param>
        private async Task MeasureAsync(Analyzed analyzed, bool isReady, params Analyzed[] others)
        {
            await using var database = await servers.CreateDatabaseAsync();
            await database.ExecuteAsync(
                """
                do $$ declare name text; begin
                    for name in select oid::regclass::text from pg_class
                        where relkind = 'r' and relnamespace in ('public'::regnamespace, 'tasksbus'::regnamespace) loop
                        execute 'alter table ' || name || ' set (autovacuum_enabled = false)';
                        execute 'alter table ' || name || ' set unlogged';
                    end loop;
                end $$;
                insert into leader(id, owner, epoch, lease_ends_at) values (1, gen_random_uuid(), 1, 0);
                insert into workers values (gen_random_uuid(), 'default', 100, 'host', '1', 0);
                insert into worker_counts select id, is_ended, 0 from workers, (values (false), (true)) as each_one(is_ended);
                """);
            await database.ExecuteAsync(HotStatements.Functions);
            await FillAsync(database, 5_000, isReady ? 5_000 : 0, isReady ? 0 : 5_000);
            await database.ExecuteAsync("vacuum analyze");
            await database.ExecuteAsync(
                """
                delete from waiting_tasks; delete from running_tasks; delete from finished_tasks; delete from task_logs; delete from tasks;
                delete from api_requests; delete from api_request_logs; delete from event_outbox; delete from schedules;
                delete from raised_events;
                delete from tasksbus.inbox
                """);
            await using PostgresDatabase server = new(database.ConnectionString);
            await using var early = await server.Hot.OpenConnectionAsync();
            await PrepareAsync(early);
            foreach (var (name, statement) in s_statements)
            {
                await ExecuteAsync(early, $"begin; {statement.Call(name)}; rollback");
            }

            await database.ExecuteAsync(
                $"""
                insert into workers select gen_random_uuid(), 'default', 100, 'host', '1', 0 from generate_series(2, {Workers});
                insert into worker_counts select id, is_ended, 0 from workers, (values (false), (true)) as each_one(is_ended)
                    on conflict do nothing
                """);
            await FillAsync(database, Burst, Burst, Burst);
            await ExplainAllAsync(early, analyzed, Planned.BeforeTheBurst);
            await ExplainAllAsync(server, analyzed);
            foreach (var other in others)
            {
                await database.ExecuteAsync(other switch
                {
                    // These are the statistics of an analyzed empty table, and those of a new table.
                    Analyzed.WhenEmpty => "delete from pg_statistic where starelid >= 16384; "
                        + "update pg_class set (relpages, reltuples) = (0, 0) where oid >= 16384 and relkind in ('r', 'i')",
                    Analyzed.Never => "update pg_class set (relpages, reltuples) = (0, -1) where oid >= 16384 and relkind in ('r', 'i')",
                    _ => "analyze",
                });
                await ExplainAllAsync(server, other);
            }
        }

        /// <param name="rows">How many tasks run, how many have ended, and how many events, requests and schedules there are.</param>
        private static Task<int> FillAsync(TestDatabase database, int rows, int ready, int due) => database.ExecuteAsync(
            $"""
            insert into tasks(number, id, function_name, pool, priority, start_at, created_at)
                select n, lpad(n::text, 32, '0')::uuid, 'greet', 'default', n * 7919 % 1000, 0, 0 from generate_series(1::bigint, 400000) n
                where n <= {ready} or n between 100001 and 100000 + {due} or n > 200000 and n % 100000 <= {rows} and n % 100000 > 0
                    or n % 100000 = 0 and {rows} >= 100000;
            insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
                select number, id, pool, priority, start_at, 0, number <= 100000, 0, 0, 0 from tasks where number <= 200000;
            insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_count)
                select number, id, 0, 0, gen_random_uuid(), worker(), 4000000000000000, 0 from tasks where number between 200001 and 300000;
            insert into finished_tasks(number, status, version, changed_at)
                select number, 'complete', 2, 0 from tasks where number > 300000;
            insert into task_logs(number, received_at, text, is_result_dropped) select number, 0, 'said', false from finished_tasks;
            insert into api_requests(number, id, function_name, method, path, status_code, requested_at, duration)
                overriding system value
                select n, lpad(n::text, 32, '0')::uuid, 'greet', 'GET', '', 200, 0, 0 from generate_series(1, {rows}) n;
            insert into api_request_logs(number, received_at, text) select number, 0, 'said' from api_requests;
            insert into event_outbox(position, message_id, type, body) overriding system value
                select n, gen_random_uuid(), 'T', '' from generate_series(1, {rows}) n;
            insert into raised_events(number, id, type, depth, task_count, created_at) overriding system value
                select n, gen_random_uuid(), 'paid', 0, 1, 0 from generate_series(1, {rows}) n;
            insert into tasksbus.inbox(position, is_cancel, id, function_name, size) overriding system value
                select n, false, gen_random_uuid(), 'greet', 0 from generate_series(1, {rows}) n;
            insert into schedules(
                id, version, interval, start_at, next_at, catch_up, overlap, is_paused, function_name, only_registered, created_at,
                updated_at)
                select lpad(n::text, 32, '0')::uuid, 0, 60, 0, 0, 'one', 'allow', false, 'greet', false, 0, 0
                from generate_series(1, {rows}) n;
            select setval('tasks_number_seq', 400001), setval('api_requests_number_seq', 100001),
                setval('event_outbox_position_seq', 100001), setval('raised_events_number_seq', 100001)
            """);

        private async Task ExplainAllAsync(PostgresDatabase server, Analyzed analyzed)
        {
            await using var connection = await server.Hot.OpenConnectionAsync();
            await PrepareAsync(connection);
            await ExplainAllAsync(connection, analyzed, Planned.Now);
            await ExecuteAsync(connection, "set plan_cache_mode = force_custom_plan");
            await ExplainAllAsync(connection, analyzed, Planned.ForItsValues);
            await ExecuteAsync(
                connection,
                $"reset plan_cache_mode; {string.Join("; ", s_statements.Keys.Select(static name => $"deallocate \"{name}\""))}");
        }

        private async Task ExplainAllAsync(NpgsqlConnection connection, Analyzed analyzed, Planned planned)
        {
            foreach (var (name, statement) in s_statements)
            {
                await ExecuteAsync(connection, "begin");
                var explain = $"explain (analyze, timing off, format json) {statement.Call(name)}";
                await using (NpgsqlCommand command = new(explain, connection) { CommandTimeout = 120 })
                {
                    Plans[(name, analyzed, planned)] = JsonDocument.Parse((string)(await command.ExecuteScalarAsync())!);
                }

                await ExecuteAsync(connection, "rollback");
            }
        }

        private static async Task PrepareAsync(NpgsqlConnection connection)
        {
            foreach (var (name, statement) in s_statements)
            {
                await ExecuteAsync(connection, $"prepare \"{name}\" as {statement.Sql}");
            }
        }

        private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
        {
            await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 120 };
            await command.ExecuteNonQueryAsync();
        }
    }
}
