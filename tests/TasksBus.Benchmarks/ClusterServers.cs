using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace TasksBus.Benchmarks;

/// <summary>A private RabbitMQ and PostgreSQL, durable as in production, and what they did so far.</summary>
internal sealed class ClusterServers : IAsyncDisposable
{
    private readonly string _script;
    private readonly string _folder;

    private ClusterServers(string script, string folder, string database, string broker) =>
        (_script, _folder, Database, Broker, Source) = (script, folder, database, broker, NpgsqlDataSource.Create(database));

    public string Database { get; }

    public string Broker { get; }

    /// <summary>Connections for the queries of the benchmark itself.</summary>
    public NpgsqlDataSource Source { get; }

    public static async Task<ClusterServers> StartAsync(string folder)
    {
        var script = Path.GetFullPath("ops/local/servers.sh");
        var lines = (await RunAsync(script, "start", folder)).Split('\n');
        return new(script, folder, Value("tasksbus"), Value("rabbitmq"));

        string Value(string name) =>
            lines.Select(static line => line.Split('=', 2)).Single(pair => pair[0] == $"ConnectionStrings__{name}")[1];
    }

    public async Task<long> NumberAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Bytes of write-ahead log so far.</summary>
    public Task<long> WalAsync() => NumberAsync("select wal_bytes::bigint from pg_stat_wal");

    /// <summary>Transactions so far.</summary>
    public Task<long> CommitsAsync() => NumberAsync("select xact_commit from pg_stat_database where datname = current_database()");

    /// <summary>Waits until a query says 1.</summary>
    public async Task UntilAsync(string sql)
    {
        while (await NumberAsync(sql) != 1)
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Waits until no due task waits and none runs.</summary>
    public Task UntilDoneAsync() =>
        UntilAsync("select (not exists (select from waiting_tasks where is_ready) and not exists (select from running_tasks))::int");

    /// <summary>The number of the last task that has ended.</summary>
    public Task<long> LastFinishedAsync() => NumberAsync("select coalesce(max(number), 0) from finished_tasks");

    /// <summary>Waits until this many tasks after a number have ended, including those that the broker still holds.</summary>
    public async Task UntilFinishedAsync(long last, int tasks)
    {
        do
        {
            await UntilDoneAsync();
        }
        while (await NumberAsync($"select count(*) from finished_tasks where number > {last}") < tasks);
    }

    /// <summary>The CPU time of the servers' processes, by their names.</summary>
    public static Dictionary<string, TimeSpan> Cpu()
    {
        Dictionary<string, TimeSpan> times = new() { ["PostgreSQL"] = TimeSpan.Zero, ["RabbitMQ"] = TimeSpan.Zero };
        foreach (var folder in Directory.GetDirectories("/proc").Where(static folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var name = stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')];
                var server = name.StartsWith("postgres", StringComparison.Ordinal) ? "PostgreSQL" : name == "beam.smp" ? "RabbitMQ" : null;
                if (server is not null)
                {
                    // In hundredths of a second, with the time of children that have ended: such a backend counts with its parent.
                    var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    times[server] += TimeSpan.FromMilliseconds(
                        10 * fields[11..13].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)));
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return times;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await RunAsync(_script, "stop", _folder);
    }

    private static async Task<string> RunAsync(string script, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [script, .. args]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} {args[0]} failed.");
    }
}
