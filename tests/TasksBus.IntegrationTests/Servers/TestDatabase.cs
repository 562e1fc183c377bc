using Npgsql;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>A database of one test, and how the test looks into it.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly string[] s_tables =
        ["tasks", "waiting_tasks", "running_tasks", "finished_tasks", "task_logs", "event_outbox", "workers", "worker_counts"];

    private readonly LocalServers _servers;
    private readonly NpgsqlDataSource _source;

    public TestDatabase(LocalServers servers, string name, string connectionString)
    {
        (_servers, Name, ConnectionString) = (servers, name, connectionString);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "test" });
    }

    public string Name { get; }

    public string ConnectionString { get; }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        command.CommandTimeout = 120;
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The first column of a query.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetValue(0).ToString()!);
        }

        return rows;
    }

    /// <summary>A connection that a test keeps a transaction in.</summary>
    public ValueTask<NpgsqlConnection> ConnectAsync() => _source.OpenConnectionAsync();

    /// <summary>All that is stored, as text.</summary>
    public Task<string> DumpAsync() => ScalarAsync<string>(
        string.Join(" || ", s_tables
            .Select(static table =>
                $"'{table}: ' || coalesce((select string_agg(x::text, e'\\n' order by x::text) from {table} x), '') || e'\\n'")
            .Prepend("select ''")));

    /// <summary>Contradictions in the stored data. There are none, whatever happened.</summary>
    public Task<IReadOnlyList<string>> ContradictionsAsync() => RowsAsync(
        """
        with places as (
            select number, id, 'waiting' as place from waiting_tasks
            union all select number, id, 'running' from running_tasks
            union all select f.number, t.id, 'finished' from finished_tasks f left join tasks t on t.number = f.number),
        events as (select body::json ->> 'taskId' as id, type, count(*) from event_outbox where type <> 'TaskStarted' group by 1, 2)
        select 'task ' || t.number || ' is in ' || count(p.place) || ' places' from tasks t left join places p on p.number = t.number
            group by t.number having count(p.place) <> 1
        union all
        select p.place || ' task ' || p.number || ' is another one' from places p left join tasks t on t.number = p.number
            where t.id is distinct from p.id
        union all
        select 'worker ' || c.worker_id || ' counts ' || c.running || ', not ' || count(r.number)
            from (select worker_id, sum(case when is_ended then -count else count end) as running from worker_counts group by worker_id) c
            left join running_tasks r on r.worker_id = c.worker_id
            group by c.worker_id, c.running having c.running <> count(r.number)
        union all
        select 'a log of task ' || l.number || ', which has not ended' from task_logs l
            where not exists (select from finished_tasks f where f.number = l.number)
        union all
        select count || ' events ' || type || ' of task ' || id from events where count > 1
        """);

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _servers.ReturnAsync(this);
    }
}
