using System.Data.Common;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Queries;

namespace TasksBus.Benchmarks;

/// <summary>
/// Lists of tasks among a million tasks in PostgreSQL. Each shows the ways into the tables that its page and its count take.
/// </summary>
internal static partial class QueryBenchmark
{
    private const int Rounds = 100;

    /// <summary>The first one is the baseline of the others.</summary>
    private static readonly string[] s_queries =
    [
        "skipCount()", "", "id=000000000000000000054321",
        "status=failed", "status=complete", "status=complete&skipCount()", "status=new&sort(-priority)",
        "functionName=f7", "functionName=f7&limit(50,5000)", "functionName=f7&sort(-priority)&limit(50,100)",
        "functionName=f7&status=failed",
        "tags=customer-4711", "tags=customer-4711&status=failed", "tags=eu&skipCount()", "tags=eu",
        "data.order=123456", "in(data.customer.name,c17,c18)&status=complete", "data.customer.name=c17&sort(-startTimestamp)",
        "ge(creationTimestamp,epoch:600000000)&lt(creationTimestamp,epoch:600100000)", "gt(startTimestamp,epoch:999900000)&status=new",
        "sort(startTimestamp)&skipCount()",
    ];

    public static async Task RunAsync(ClusterServers servers)
    {
        await using PostgresDatabase database = new(servers.Database);
        await database.MigrateAsync(default);
        await FillAsync(servers);
        await servers.ExecuteAsync("vacuum analyze");
        PostgresTaskStore store = new(database, static () => new());
        Console.WriteLine($"{Environment.NewLine}A million tasks in PostgreSQL: {Rounds} lists of each kind, one after the other; "
            + "what is found, how many of it, and its tasks");
        double? baseline = null;
        foreach (var rql in s_queries)
        {
            var query = RqlQuery.Parse(rql, RqlSchema.Tasks) is { Error: null } parsed
                ? parsed.Query
                : throw new InvalidOperationException($"{rql} is no query.");
            List<double> times = [];
            long? total = null;
            for (var round = 0; round < Rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                total = (await store.FindAsync(query, default)).Total;
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            times.Sort();
            var (middle, high) = (times[Rounds / 2], times[Rounds * 95 / 100]);
            baseline ??= middle;
            Console.WriteLine($"  {(rql.Length == 0 ? "(all)" : rql),-82} {total,9} found  p50 {middle,7:F2} ms  p95 {high,7:F2} ms  "
                + $"{middle / baseline,6:F1} x baseline");
            var columns = TaskColumns.Of(TaskSearch.StatusesOf(query.Filter));
            Console.WriteLine($"    page: {await WaysAsync(servers.Source, RqlSearch.Page(new PostgresDialect(), columns, query))}");
            if (!query.SkipsCount)
            {
                var count = RqlSearch.Count(new PostgresDialect(), columns, query.Filter);
                Console.WriteLine($"    count: {await WaysAsync(servers.Source, count)}");
            }
        }
    }

    /// <summary>A hundred functions, 90 % of the tasks complete, 6 % failed, 4 % new; half have input, and three tags.</summary>
    private static Task FillAsync(ClusterServers servers) => servers.ExecuteAsync(
        """
        insert into tasks(number, id, function_name, pool, priority, start_at, created_at, data, tags)
            select n, rpad(lpad(n::text, 24, '0'), 32, '0')::uuid, 'f' || n % 100, 'default', n % 10, n * 1000000, n * 1000000,
                case when n % 2 = 0 then json_build_object(
                    'order', n, 'customer', json_build_object('name', 'c' || n / 2 % 10007, 'is_new', n % 3 = 0)) end,
                case when n % 2 = 0 then jsonb_build_array(
                    'customer-' || n / 2 % 10007, case n % 5 when 0 then 'eu' else 'us' end, 'imported') end
            from generate_series(1::bigint, 1000000) n;
        select setval('tasks_number_seq', 1000000);
        insert into waiting_tasks(number, id, pool, priority, start_at, due_at, is_ready, version, changed_at, not_run_count)
            select number, id, pool, priority, start_at, 4000000000000000 + number, false, 0, created_at, 0
            from tasks where number % 101 < 4;
        insert into finished_tasks(number, status, version, changed_at, error_type, error_name, error_message)
            select number, case when is_failed then 'failed' else 'complete' end, 2, created_at,
                case when is_failed then 'runtime' end, case when is_failed then 'Error' end, case when is_failed then 'It broke.' end
            from (select number, created_at, number % 101 < 10 as is_failed from tasks where number % 101 >= 4) ended
        """);

    /// <summary>The scans of a plan.</summary>
    private static async Task<string> WaysAsync(NpgsqlDataSource source, (string Sql, IReadOnlyList<DbParameter> Parameters) statement)
    {
        await using var command = source.CreateCommand($"explain (costs off) {statement.Sql}");
        command.Parameters.AddRange(statement.Parameters.ToArray());
        await using var reader = await command.ExecuteReaderAsync();
        List<string> ways = [];
        while (await reader.ReadAsync())
        {
            if (Scan().Match(reader.GetString(0)) is { Success: true } scan)
            {
                ways.Add(scan.Value);
            }
        }

        return string.Join("; ", ways);
    }

    [GeneratedRegex(@"(Seq Scan|(Parallel )?Index (Only )?Scan|Bitmap (Heap|Index) Scan).*")]
    private static partial Regex Scan();
}
