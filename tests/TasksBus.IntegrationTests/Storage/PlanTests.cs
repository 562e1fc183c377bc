using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Query;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Queries;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>The hot statements touch as little of large tables as of small ones, whatever the planner knew when it made their plans.</summary>
[Collection(NeedsServers.Name)]
public sealed partial class PlanTests(PlanTests.LargeTables tables) : IClassFixture<PlanTests.LargeTables>
{
    private const int Ready = 1_000;

    /// <summary>Each with values for it, how many rows it says, and how many pages of 8 KB it may touch.</summary>
    private static readonly Dictionary<string, (string Sql, string[] Values, int Rows, int Pages)> s_statements = new()
    {
        ["claim"] = (Sql.Claim, [Numbers(1, 10), Zeros, $"array_fill('{Guid.NewGuid()}'::uuid, array[10])", "array_fill(worker(), array[10])", "array_fill(1000::bigint, array[10])", "ids_of(1, 10)", Functions], 10, 400),
        ["cancel"] = (Sql.Cancel, [Numbers(11, 20), Zeros], 10, 400),
        ["finish"] = (Sql.Finish, [Numbers(200_001, 200_010), Zeros, "array_fill(2, array[10])", "array_fill(true, array[10])", .. Enumerable.Repeat("array_fill('x'::text, array[10])", 3), "uuids()", Functions], 10, 400),
        ["give-back"] = (Sql.GiveBack, [Numbers(200_001, 200_010), Zeros, "array_fill(0::bigint, array[10])", "array_fill(null::bigint, array[10])", "array_fill(1, array[10])"], 10, 400),
        ["insert"] = (Sql.Insert, [.. NewTasks(NoTimes), Functions], 10, 600),
        ["insert-unless-known"] = (Sql.InsertUnlessKnown, [.. NewTasks(NoTimes), Functions], 10, 600),
        ["insert-ticks"] = (Sql.InsertTicks, [Uuids, Zeros, "array_fill(null::bigint, array[10])", Uuids, Zeros, Functions, .. NewTasks(Zeros)], 0, 600),
        ["insert-successors"] = (Sql.InsertSuccessors, [.. NewTasks(NoTimes), "array_fill(null::jsonb, array[10])", Numbers(200_011, 200_020), Zeros], 0, 600),
        ["insert-running"] = (Sql.InsertRunning, [
            .. NewTasks(NoTimes), Uuids, "array_fill(worker(), array[10])", Zeros, Functions], 10, 600),
        ["write-api-requests"] = (Sql.WriteApiRequests, [
            Uuids, Texts, Texts, Texts, NoTexts, NoTexts, "array_fill(200, array[10])", Zeros, Zeros, NoTexts, NoTexts, NoTexts, Texts, Zeros, Texts], 0, 600),
        ["write-logs"] = (Sql.WriteLogs, [Numbers(300_001, 300_010), "array_fill('said'::text, array[10])", "array_fill('id'::text, array[10])"], 0, 200),
        ["write-events"] = (Sql.WriteEvents, [Numbers(200_001, 200_010), Uuids, Uuids, "array_fill('T'::text, array[10])", "array_fill('{}'::text, array[10])"], 0, 400),
        ["load"] = (Sql.Load, ["ids_of(1, 10)"], 10, 400),
        ["view-pool"] = (Sql.ViewPool, ["'default'", Numbers(1, 10), "10"], 11, 300),
        ["view-pool-from"] = (Sql.ViewPoolFrom, ["'default'", Numbers(1, 10), "10", "0::bigint", "0::bigint", "0::bigint"], 11, 300),
        ["walk-finished"] = (Sql.WalkFinished, ["0::bigint", "10", "1000000"], 10, 100),
        ["walk-task-logs"] = (Sql.WalkTaskLogs, ["0::bigint", "10", "1000000"], 10, 100),
        ["walk-api-requests"] = (Sql.WalkApiRequests, ["0::bigint", "10", "1000000"], 10, 100),
        ["walk-api-request-logs"] = (Sql.WalkApiRequestLogs, ["0::bigint", "10", "1000000"], 10, 100),
        ["remove-tasks"] = (Sql.RemoveTasks, [Numbers(300_001, 300_010), "1::bigint"], 0, 600),
        ["remove-task-logs"] = (Sql.RemoveTaskLogs, [Numbers(300_001, 300_010), "1::bigint"], 0, 200),
        ["remove-api-requests"] = (Sql.RemoveApiRequests, [Numbers(1, 10), "1::bigint"], 0, 400),
        ["remove-api-request-logs"] = (Sql.RemoveApiRequestLogs, [Numbers(1, 10), "1::bigint"], 0, 200),
        ["mark-ready"] = (Sql.MarkReady, ["10", "null::text"], 1, 400),
        ["ready-pools"] = (Sql.ReadyPools, [], 1, 50),
    };

    private static string NoTimes => "array_fill(null::bigint, array[10])";

    private static string Zeros => "array_fill(0::bigint, array[10])";

    private static string Uuids => "uuids()";

    private static string Texts => "array_fill('x'::text, array[10])";

    private static string NoTexts => "array_fill(null::text, array[10])";

    /// <summary>The revision of a database without managed functions.</summary>
    private static string Functions => $"'{Guid.Empty}'::uuid";

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (var statement in s_statements.Keys)
        {
            foreach (var when in Enum.GetNames<Planned>())
            {
                cases.Add(statement, when);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_hot_statement_goes_along_indexes_and_touches_few_pages(string statement, string planned)
    {
        var plan = tables.Plans[(statement, Enum.Parse<Planned>(planned))];

        Assert.Equal($"actual rows={s_statements[statement].Rows} ", Rows().Match(plan).Value);
        Assert.False(ScanOfLargeTable().IsMatch(plan), plan);
        var pages = Pages().Match(plan).Groups.Values.Skip(1).Sum(static group => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0);
        Assert.True(pages > 0 && pages <= s_statements[statement].Pages, $"{pages} pages:\n{plan}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("status=new")]
    [InlineData("status=inProgress")]
    [InlineData("status=complete")]
    [InlineData("status=failed")]
    [InlineData("in(status,complete,failed)&limit(50,100)")]
    [InlineData("functionName=greet")]
    [InlineData("and(eq(functionName,greet),eq(status,complete))")]
    [InlineData("functionName=nothing&sort(-priority)")]
    [InlineData("id=000000000000000000000007")]
    [InlineData("in(id,000000000000000000000007,000000000000000000000008)&data.a=1")]
    [InlineData("tags=rare")]
    [InlineData("contains(tags,rare)&sort(-startTimestamp)")]
    [InlineData("tags=rare&status=complete")]
    [InlineData("data.n=4100")]
    [InlineData("in(data.n,4100,8200)&status=new&functionName=greet")]
    [InlineData("data.name.first=ann")]
    [InlineData("ge(creationTimestamp,epoch:100000000)&lt(creationTimestamp,epoch:100050000)")]
    [InlineData("gt(startTimestamp,epoch:400000000)&sort(priority)")]
    [InlineData("ne(data.n,4100)")]
    [InlineData("out(tags,rare)")]
    [InlineData("or(data.n=4100,functionName=greet)")]
    [InlineData("sort(startTimestamp)")]
    [InlineData("sort(-creationTimestamp)&limit(50,100)")]
    public void A_common_query_goes_along_indexes_and_touches_few_pages(string rql)
    {
        var plan = tables.QueryPlans[rql];

        Assert.False(ScanOfLargeTable().IsMatch(plan), plan);
        var pages = Pages().Match(plan).Groups.Values.Skip(1).Sum(static group => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0);
        Assert.True(pages <= 700, $"{pages} pages:\n{plan}");
    }

    /// <summary>Planned step by step, a path of a few hundred parts took gigabytes.</summary>
    [Fact]
    public void A_path_of_any_length_is_planned_as_a_short_one()
    {
        var (few, many) = (tables.PathPlans[2].Count(static letter => letter == '\n'), tables.PathPlans[63].Count(static letter => letter == '\n'));
        Assert.Equal(few, many);
    }

    /// <summary>A query of a hundred conditions would be compiled for half a minute.</summary>
    [Fact]
    public void No_query_is_compiled() => Assert.Equal("off", tables.Jit);

    /// <summary>When a session made its plans.</summary>
    public enum Planned
    {
        WhenTheTablesWereEmpty,
        BeforeTheyWereAnalyzed,
        AfterTheyWereAnalyzed,
    }

    /// <summary>200,000 tasks that wait for tomorrow, some that are ready or due, a hundred that run, and 200,000 that ended.</summary>
    public sealed class LargeTables(LocalServers servers) : IAsyncLifetime
    {
        internal Dictionary<(string Statement, Planned), string> Plans { get; } = [];

        /// <summary>Those of the pages that queries ask for.</summary>
        internal Dictionary<string, string> QueryPlans { get; } = [];

        /// <summary>Those of a comparison with what is as deep in data.</summary>
        internal Dictionary<int, string> PathPlans { get; } = [];

        /// <summary>What sessions of the store's say of it.</summary>
        internal string Jit { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await using var database = await servers.CreateDatabaseAsync();
            await database.ExecuteAsync(
                """
                insert into workers select gen_random_uuid(), 'default', 100, 'host', '1', 0;
                insert into leader(id, owner, epoch, lease_ends_at) values (1, gen_random_uuid(), 1, 0);
                insert into worker_counts select id, is_ended, 0 from workers, (values (false), (true)) as each_one(is_ended);
                do $$ declare name text; begin
                    foreach name in array array['tasks', 'waiting_tasks', 'running_tasks', 'finished_tasks', 'task_logs', 'api_requests', 'api_request_logs', 'workers', 'worker_counts'] loop
                        execute 'alter table ' || name || ' set (autovacuum_enabled = false)';
                        execute 'alter table ' || name || ' set unlogged';
                    end loop;
                end $$;
                create function numbers(a int, b int) returns bigint[] language sql as 'select array_agg(n::bigint order by n) from generate_series(a, b) n';
                create function ids_of(a int, b int) returns uuid[] language sql as 'select array_agg(id order by number) from tasks where number between a and b';
                create function uuids() returns uuid[] language sql as 'select array_agg(gen_random_uuid()) from generate_series(1, 10)';
                create function worker() returns uuid language sql as 'select id from workers';
                """);
            await using PostgresDatabase server = new(database.ConnectionString);
            Jit = await server.ReadAsync(static context => context.Database.SqlQueryRaw<string>("select current_setting('jit') as \"Value\"").SingleAsync());
            await using var early = await server.Hot.OpenConnectionAsync();
            await ExplainAllAsync(early, null);
            await FillAsync(database);
            await ExplainAllAsync(early, Planned.WhenTheTablesWereEmpty);
            await using var fresh = await server.Hot.OpenConnectionAsync();
            await ExplainAllAsync(fresh, Planned.BeforeTheyWereAnalyzed);
            await database.ExecuteAsync("analyze");
            await using var late = await server.Hot.OpenConnectionAsync();
            await ExplainAllAsync(late, Planned.AfterTheyWereAnalyzed);
            await using var queries = await database.ConnectAsync();
            foreach (var rql in typeof(PlanTests).GetMethod(nameof(A_common_query_goes_along_indexes_and_touches_few_pages))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
                .SelectMany(static data => ((InlineDataAttribute)data).GetData(null!)).Select(static values => (string)values[0]))
            {
                QueryPlans[rql] = await ExplainQueryAsync(queries, rql);
            }

            foreach (var depth in new[] { 2, 63 })
            {
                PathPlans[depth] = await ExplainQueryAsync(queries, $"gt(data{string.Concat(Enumerable.Repeat(".a", depth))},1)");
            }
        }

        public Task DisposeAsync() => Task.CompletedTask;

        private static Task<int> FillAsync(TestDatabase database) => database.ExecuteAsync(
            $"""
            insert into tasks(number, id, function_name, pool, priority, start_at, created_at, data, tags)
                select n, lpad(n::text, 32, '0')::uuid, 'greet', 'default', n % 10, n * 1000000::bigint, n * 1000000::bigint,
                    case when n % 100 = 0 then json_build_object('n', n, 'name', json_build_object('first', case n % 20000 when 0 then 'ann' else 'bob' end)) end,
                    case when n % 10000 = 0 then '["rare"]'::jsonb when n % 10 = 0 then '["usual"]' end
                from generate_series(1, 400100) n;
            select setval('tasks_number_seq', 400100);
            insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
                select number, id, pool, priority, start_at, case when number <= {2 * Ready} then 0 else 4000000000000000 + number end, number <= {Ready}, 0, 0, 0
                from tasks where number <= 200000;
            insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_count)
                select number, id, 0, 0, gen_random_uuid(), (select id from workers), 4000000000000000, 0 from tasks where number between 200001 and 200100;
            insert into finished_tasks(number, status, version, changed_at)
                select number, 'complete', 2, 0 from tasks where number > 200100;
            insert into task_logs(number, received_at, text) select number, 0, 'said' from finished_tasks;
            insert into api_requests(number, id, function_name, method, path, status_code, requested_at, duration)
                overriding system value select n, lpad(n::text, 32, '0')::uuid, 'greet', 'GET', '', 200, 0, 0 from generate_series(1, 100000) n;
            select setval('api_requests_number_seq', 100000);
            insert into api_request_logs(number, received_at, text) select number, 0, 'said' from api_requests
            """);

        /// <summary>Runs each statement as the store does, prepared, and undoes what it did.</summary>
        private async Task ExplainAllAsync(NpgsqlConnection connection, Planned? planned)
        {
            foreach (var (name, (sql, values, _, _)) in s_statements)
            {
                var statement = $"\"{name}\"";
                if (planned != Planned.WhenTheTablesWereEmpty)
                {
                    await ExecuteAsync(connection, $"prepare {statement} as {sql}");
                }

                await ExecuteAsync(connection, "begin");
                var call = values.Length == 0 ? statement : $"{statement}({string.Join(", ", values)})";
                if (planned is { } when)
                {
                    // The first finds what is in no cache yet.
                    await ExecuteAsync(connection, $"savepoint warm; execute {call}; rollback to warm");
                    Plans[(name, when)] = await ExplainAsync(connection, $"explain (analyze, buffers, timing off, costs off, summary off) execute {call}");
                }
                else
                {
                    await ExecuteAsync(connection, $"execute {call}");
                }

                await ExecuteAsync(connection, "rollback");
            }
        }

        private static async Task<string> ExplainQueryAsync(NpgsqlConnection connection, string rql)
        {
            var query = RqlQuery.Parse(rql, RqlSchema.Tasks).Query;
            var (sql, parameters) = RqlSearch.Page(new PostgresDialect(), TaskColumns.Of(TaskSearch.StatusesOf(query.Filter)), query);
            return await ExplainAsync(connection, $"explain (analyze, buffers, timing off, costs off, summary off) {sql}", [.. parameters.Cast<NpgsqlParameter>()]);
        }

        private static async Task<string> ExplainAsync(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
        {
            await using NpgsqlCommand command = new(sql, connection);
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync();
            List<string> lines = [];
            while (await reader.ReadAsync())
            {
                lines.Add(reader.GetString(0));
            }

            return string.Join('\n', lines);
        }

        private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
        {
            await using NpgsqlCommand command = new(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static string Numbers(int from, int to) => $"numbers({from}, {to})";

    private static string[] NewTasks(string times) =>
    [
        Uuids, "array_fill('greet'::text, array[10])", "array_fill('default'::text, array[10])", "array_fill(5::bigint, array[10])", times,
        "array_fill('{}'::json, array[10])", "array_fill(null::jsonb, array[10])", "array_fill(null::text, array[10])", "array_fill(null::text, array[10])",
    ];

    [GeneratedRegex("Seq Scan on (tasks|waiting_tasks|running_tasks|finished_tasks|task_logs|api_requests|api_request_logs)")]
    private static partial Regex ScanOfLargeTable();

    // Those of the whole statement come first.
    [GeneratedRegex(@"actual rows=\d+ ")]
    private static partial Regex Rows();

    [GeneratedRegex(@"Buffers: shared (?:hit=(\d+))? ?(?:read=(\d+))?")]
    private static partial Regex Pages();
}
