using Microsoft.EntityFrameworkCore;
using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Query;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Queries;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>200,000 tasks that wait for tomorrow, some that are ready or due, a hundred that run, and 200,000 that ended.</summary>
public sealed class LargeTables(LocalServers servers) : IAsyncLifetime
{
    private const int Ready = 1_000;

    /// <summary>When a session made its plans.</summary>
    public enum Planned
    {
        WhenTheTablesWereEmpty,
        BeforeTheyWereAnalyzed,
        AfterTheyWereAnalyzed,
    }

    internal Dictionary<(string Statement, Planned), string> Plans { get; } = [];

    /// <summary>The plans of the pages that queries ask for.</summary>
    internal Dictionary<string, string> QueryPlans { get; } = [];

    /// <summary>The plans of a comparison with a value at this depth of data, by depth.</summary>
    internal Dictionary<int, string> PathPlans { get; } = [];

    /// <summary>The setting jit in the sessions of the store.</summary>
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
                foreach name in array array['tasks', 'waiting_tasks', 'running_tasks', 'finished_tasks', 'task_logs',
                    'api_requests', 'api_request_logs', 'raised_events', 'workers', 'worker_counts', 'tasksbus.inbox'] loop
                    execute 'alter table ' || name || ' set (autovacuum_enabled = false)';
                    execute 'alter table ' || name || ' set unlogged';
                end loop;
            end $$
            """);
        await database.ExecuteAsync(HotStatements.Functions);
        await using PostgresDatabase server = new(database.ConnectionString);
        Jit = await server.Model.ReadAsync(
            static context => context.Database.SqlQueryRaw<string>("select current_setting('jit') as \"Value\"").SingleAsync());
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
        var commonQueries = typeof(PlanTests).GetMethod(nameof(PlanTests.A_common_query_goes_along_indexes_and_touches_few_pages))!;
        foreach (var rql in commonQueries.GetCustomAttributes(typeof(InlineDataAttribute), false)
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
                case when n % 100 = 0 then json_build_object(
                    'n', n, 'name', json_build_object('first', case n % 20000 when 0 then 'ann' else 'bob' end)) end,
                case when n % 10000 = 0 then '["rare"]'::jsonb when n % 10 = 0 then '["usual"]' end
            from generate_series(1, 400100) n;
        select setval('tasks_number_seq', 400100);
        insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
            select number, id, pool, priority, start_at,
                case when number <= {2 * Ready} then 0 else 4000000000000000 + number end, number <= {Ready}, 0, 0, 0
            from tasks where number <= 200000;
        insert into running_tasks(number, id, version, changed_at, claim_id, worker_id, deadline_at, not_run_count)
            select number, id, 0, 0, gen_random_uuid(), (select id from workers), 4000000000000000, 0
            from tasks where number between 200001 and 200100;
        insert into finished_tasks(number, status, version, changed_at)
            select number, 'complete', 2, 0 from tasks where number > 200100;
        insert into task_logs(number, received_at, text, is_result_dropped) select number, 0, 'said', false from finished_tasks;
        insert into event_outbox(position, message_id, type, body) overriding system value
            select n, gen_random_uuid(), 'T', '' from generate_series(1, 10000) n;
        insert into tasksbus.inbox(position, is_cancel, id, function_name, size) overriding system value
            select n, false, gen_random_uuid(), 'greet', 0 from generate_series(1, 100000) n;
        insert into schedules(
            id, version, interval, start_at, catch_up, overlap, is_paused, function_name, only_registered, created_at, updated_at)
            select lpad(n::text, 32, '0')::uuid, 0, 60, 0, 'one', 'allow', false, 'greet', false, 0, 0 from generate_series(1, 10000) n;
        insert into api_requests(number, id, function_name, method, path, status_code, requested_at, duration)
            overriding system value
            select n, lpad(n::text, 32, '0')::uuid, 'greet', 'GET', '', 200, 0, 0 from generate_series(1, 100000) n;
        select setval('api_requests_number_seq', 100000);
        insert into raised_events(number, id, type, depth, task_count, created_at) overriding system value
            select n, gen_random_uuid(), 'paid', 0, 1, 0 from generate_series(1, 100000) n;
        select setval('raised_events_number_seq', 100000);
        insert into api_request_logs(number, received_at, text) select number, 0, 'said' from api_requests
        """);

    /// <summary>Runs each statement prepared, as the store does, and rolls it back.</summary>
    private async Task ExplainAllAsync(NpgsqlConnection connection, Planned? planned)
    {
        foreach (var (name, statement) in PlanTests.Statements)
        {
            if (planned != Planned.WhenTheTablesWereEmpty)
            {
                await ExecuteAsync(connection, $"prepare \"{name}\" as {statement.Sql}");
            }

            await ExecuteAsync(connection, "begin");
            if (planned is { } when)
            {
                // The first run fills the caches.
                await ExecuteAsync(connection, $"savepoint warm; {statement.Call(name)}; rollback to warm");
                Plans[(name, when)] = await ExplainAsync(
                    connection, $"explain (analyze, buffers, timing off, costs off, summary off) {statement.Call(name)}");
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
        return await ExplainAsync(
            connection, $"explain (analyze, buffers, timing off, costs off, summary off) {sql}",
            [.. parameters.Cast<NpgsqlParameter>()]);
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
