using System.Diagnostics;
using Npgsql;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>Every test that needs a server is in this collection: they run one after the other, so that one may stop a server.</summary>
[CollectionDefinition(Name)]
public sealed class NeedsServers : ICollectionFixture<LocalServers>
{
    public const string Name = "Needs servers";
}

/// <summary>The servers of a test run, in a folder of their own; <c>ops/local/servers.sh</c> starts them.</summary>
public sealed class LocalServers : IAsyncLifetime, IAsyncDisposable
{
    private const string Template = "tasksbus_migrated";

    private static readonly string s_script = Path.Combine(Repository.Root, "ops", "local", "servers.sh");

    private readonly string _folder = Directory.CreateTempSubdirectory("tasksbus-servers-").FullName;
    private Process? _caretaker;
    private int _databases;

    /// <summary>Where PostgreSQL is: the connection string of its first database.</summary>
    public string PostgreSql { get; private set; } = "";

    public async Task InitializeAsync()
    {
        // Its input ends when this process does, however it ends. It is out of reach of Ctrl-C, and of a hang-up.
        _caretaker = Start(["bash", "-c", """trap '' INT TERM HUP; cat; "$0" stop "$1" >&2; rm -rf "$1" """, s_script, _folder], true);
        var output = await RunAsync("start", _folder);
        PostgreSql = output.Split('\n').Single(static line => line.StartsWith("ConnectionStrings__tasksbus=", StringComparison.Ordinal)).Split('=', 2)[1];
        await ExecuteAsync($"create database {Template}");
        await using var database = new PostgresDatabase(ConnectionTo(Template));
        await database.MigrateAsync(default);
    }

    /// <summary>A database of its own, brought up to date unless it is to be empty.</summary>
    internal async Task<TestDatabase> CreateDatabaseAsync(bool isEmpty = false)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(isEmpty ? $"create database {name}" : $"create database {name} template {Template}");
        return new(this, name, ConnectionTo(name));
    }

    /// <summary>Runs a statement in no database in particular.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionTo("postgres")) { Pooling = false });
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task StartPostgreSqlAsync() => RunAsync("start-postgresql", _folder);

    /// <summary>Stops it as if it crashed.</summary>
    public Task CrashPostgreSqlAsync() => RunAsync("stop-postgresql", _folder, "immediate");

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_caretaker is not null)
        {
            _caretaker.StandardInput.Close();
            await _caretaker.WaitForExitAsync();
            _caretaker.Dispose();
        }
    }

    private string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder(PostgreSql) { Database = database }.ToString();

    private static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Start([s_script, .. arguments], false);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"servers.sh {arguments[0]} failed; see above.");
    }

    private static Process Start(string[] command, bool hasInput) => Process.Start(new ProcessStartInfo(command[0], command[1..])
    {
        RedirectStandardInput = hasInput,
        RedirectStandardOutput = !hasInput,
    })!;
}
