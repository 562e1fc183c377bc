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

    /// <summary>How many pages of 8 KB each may touch for ten rows; the rescuer's look at all that runs is none of them.</summary>
    private static readonly Dictionary<string, int> s_pages = new()
    {
        ["hold"] = 100,
        ["claim-free"] = 500,
        ["cancel-free"] = 500,
        ["finish-free"] = 500,
        ["snooze-free"] = 500,
        ["claim"] = 400,
        ["cancel"] = 400,
        ["finish"] = 400,
        ["snooze"] = 400,
        ["insert"] = 600,
        ["insert-unless-known"] = 600,
        ["advance-schedules"] = 200,
        ["insert-ticks"] = 600,
        ["insert-successors"] = 600,
        ["insert-running"] = 600,
        ["write-api-requests"] = 600,
        ["write-logs"] = 200,
        ["write-events"] = 400,
        ["load"] = 400,
        ["load-without-input"] = 400,
        ["still-waiting"] = 200,
        ["view-pool"] = 300,
        ["view-pool-from"] = 300,
        ["walk-finished"] = 100,
        ["walk-task-logs"] = 100,
        ["walk-api-requests"] = 100,
        ["walk-api-request-logs"] = 100,
        ["remove-tasks"] = 600,
        ["remove-task-logs"] = 200,
        ["remove-api-requests"] = 400,
        ["remove-api-request-logs"] = 200,
        ["next-events"] = 50,
        ["delete-events"] = 50,
        ["mark-ready"] = 400,
        ["mark-ready-of-another-pool"] = 50,
        ["waiting-pools"] = 50,
        ["workers"] = 50,
    };

    private static readonly Dictionary<string, HotStatement> s_statements = HotStatements.Of(10).Where(static statement => s_pages.ContainsKey(statement.Key)).ToDictionary();

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

        Assert.Equal($"actual rows={s_statements[statement].Rows ?? 1} ", Rows().Match(plan).Value);
        Assert.False(ScanOfLargeTable().IsMatch(plan), plan);
        var pages = Pages().Match(plan).Groups.Values.Skip(1).Sum(static group => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 0);
        Assert.True(pages > 0 && pages <= s_pages[statement], $"{pages} pages:\n{plan}");
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
                end $$
                """);
            await database.ExecuteAsync(HotStatements.Functions);
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
            insert into event_outbox(position, message_id, type, body) overriding system value select n, gen_random_uuid(), 'T', '' from generate_series(1, 10000) n;
            insert into schedules(id, version, interval, start_at, catch_up, overlap, is_paused, function_name, only_registered, created_at, updated_at)
                select lpad(n::text, 32, '0')::uuid, 0, 60, 0, 'one', 'allow', false, 'greet', false, 0, 0 from generate_series(1, 10000) n;
            insert into api_requests(number, id, function_name, method, path, status_code, requested_at, duration)
                overriding system value select n, lpad(n::text, 32, '0')::uuid, 'greet', 'GET', '', 200, 0, 0 from generate_series(1, 100000) n;
            select setval('api_requests_number_seq', 100000);
            insert into api_request_logs(number, received_at, text) select number, 0, 'said' from api_requests
            """);

        /// <summary>Runs each statement as the store does, prepared, and undoes what it did.</summary>
        private async Task ExplainAllAsync(NpgsqlConnection connection, Planned? planned)
        {
            foreach (var (name, statement) in s_statements)
            {
                if (planned != Planned.WhenTheTablesWereEmpty)
                {
                    await ExecuteAsync(connection, $"prepare \"{name}\" as {statement.Sql}");
                }

                await ExecuteAsync(connection, "begin");
                if (planned is { } when)
                {
                    // The first finds what is in no cache yet.
                    await ExecuteAsync(connection, $"savepoint warm; {statement.Call(name)}; rollback to warm");
                    Plans[(name, when)] = await ExplainAsync(connection, $"explain (analyze, buffers, timing off, costs off, summary off) {statement.Call(name)}");
                }
                else
                {
                    await ExecuteAsync(connection, statement.Call(name));
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

    [GeneratedRegex("Seq Scan on (tasks|waiting_tasks|running_tasks|finished_tasks|task_logs|api_requests|api_request_logs)")]
    private static partial Regex ScanOfLargeTable();

    // Those of the whole statement come first.
    [GeneratedRegex(@"actual rows=\d+ ")]
    private static partial Regex Rows();

    [GeneratedRegex(@"Buffers: shared (?:hit=(\d+))? ?(?:read=(\d+))?")]
    private static partial Regex Pages();
}
