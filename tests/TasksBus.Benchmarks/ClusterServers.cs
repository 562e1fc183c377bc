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

    /// <summary>For what the benchmark itself asks.</summary>
    public NpgsqlDataSource Source { get; }

    public static async Task<ClusterServers> StartAsync(string folder)
    {
        var script = Path.GetFullPath("ops/local/servers.sh");
        var lines = (await RunAsync(script, "start", folder)).Split('\n');
        return new(script, folder, Value("tasksbus"), Value("rabbitmq"));

        string Value(string name) => lines.Select(static line => line.Split('=', 2)).Single(pair => pair[0] == $"ConnectionStrings__{name}")[1];
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

    /// <summary>Waits until no task waits that is due, and none runs.</summary>
    public Task UntilDoneAsync() =>
        UntilAsync("select (not exists (select from waiting_tasks where is_ready) and not exists (select from running_tasks))::int");

    /// <summary>The number of the last task that is over.</summary>
    public Task<long> LastFinishedAsync() => NumberAsync("select coalesce(max(number), 0) from finished_tasks");

    /// <summary>Waits until so many tasks behind a number are over: also those that the broker still holds when all others are.</summary>
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
                    // Own and ended children's, in hundredths of a second: a backend that ended counts with its parent.
                    var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                    times[server] += TimeSpan.FromMilliseconds(10 * fields[11..13].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)));
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
