using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>
/// The tests of clusters, which need both servers. They run one after the other, so that one may stop a server. Mostly they wait, so those
/// that need a database alone run beside them, on servers of their own.
/// </summary>
[CollectionDefinition(Name)]
public sealed class NeedsServers : ICollectionFixture<LocalServers>
{
    public const string Name = "Needs servers";
}

/// <summary>The tests that need a database alone. They run one after the other, so that one may stop it.</summary>
[CollectionDefinition(Name)]
public sealed class NeedsDatabase : ICollectionFixture<LocalServers>
{
    public const string Name = "Needs a database";
}

/// <summary>The servers of a collection of tests, in a folder of their own; <c>ops/local/servers.sh</c> starts them.</summary>
public sealed class LocalServers : IAsyncLifetime, IAsyncDisposable
{
    private const string Template = "tasksbus_migrated";
    private const int VirtualHostsAtOnce = 10;

    private static readonly string s_script = Path.Combine(Repository.Root, "ops", "local", "servers.sh");

    private readonly string _folder = Directory.CreateTempSubdirectory("tasksbus-servers-").FullName;
    private Process? _caretaker;
    private readonly ConcurrentBag<string> _rewound = [];
    private readonly Queue<string> _virtualHosts = [];
    private DatabaseRewind _rewind = null!;
    private int _databases;
    private int _virtualHostsMade;

    /// <summary>Where PostgreSQL is: the connection string of its first database.</summary>
    public string PostgreSql { get; private set; } = "";

    /// <summary>Where RabbitMQ is: the address of its first virtual host.</summary>
    public Uri RabbitMq { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        // Its input ends when this process ends, however that happens. Ctrl-C and a hang-up do not reach it.
        _caretaker = Start(["bash", "-c", """trap '' INT TERM HUP; cat; "$0" stop "$1" >&2; rm -rf "$1" """, s_script, _folder], true);
        var output = await RunAsync("start", _folder);
        PostgreSql = Setting("tasksbus");
        RabbitMq = new(Setting("rabbitmq"));
        await ExecuteAsync($"create database {Template}");
        await using var database = new PostgresDatabase(ConnectionTo(Template));
        await database.MigrateAsync(default);
        _rewind = await DatabaseRewind.ReadAsync(ConnectionTo(Template));

        string Setting(string name) =>
            output.Split('\n').Select(static line => line.Split('=', 2)).Single(pair => pair[0] == $"ConnectionStrings__{name}")[1];
    }

    /// <summary>
    /// A database with the current schema, as new. To make one and to drop it takes a second of processor time, so a database that a test
    /// leaves is rewound and serves the next test.
    /// </summary>
    internal async Task<TestDatabase> CreateDatabaseAsync(bool isEmpty = false)
    {
        if (!isEmpty && _rewound.TryTake(out var rewound))
        {
            return new(this, rewound, ConnectionTo(rewound));
        }

        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(isEmpty ? $"create database {name}" : $"create database {name} template {Template}");
        return new(this, name, ConnectionTo(name));
    }

    /// <summary>Takes back a database that a test has left.</summary>
    internal async Task ReturnAsync(TestDatabase database)
    {
        if (await _rewind.TryAsync(database.ConnectionString))
        {
            _rewound.Add(database.Name);
        }
        else
        {
            await ExecuteAsync($"drop database if exists {database.Name} with (force)");
        }
    }

    /// <summary>Makes a virtual host. Each call of rabbitmqctl takes a second or two, so one call makes several.</summary>
    internal async Task<TestBroker> CreateBrokerAsync()
    {
        if (_virtualHosts.Count == 0)
        {
            var names = Enumerable.Range(_virtualHostsMade, VirtualHostsAtOnce).Select(static number => $"test_{number}").ToArray();
            _virtualHostsMade += VirtualHostsAtOnce;
            await RabbitMqCtlAsync("eval",
                $$"""
                [begin
                    ok = rabbit_vhost:add(Name, <<"tasksbus">>),
                    ok = rabbit_auth_backend_internal:set_permissions(<<"tasksbus">>, Name, <<".*">>, <<".*">>, <<".*">>, <<"tasksbus">>)
                end || Name <- [{{string.Join(", ", names.Select(static name => $"<<\"{name}\">>"))}}]].
                """);
            Array.ForEach(names, _virtualHosts.Enqueue);
        }

        var virtualHost = _virtualHosts.Dequeue();
        return new(this, virtualHost, new UriBuilder(RabbitMq) { Path = virtualHost }.Uri);
    }

    /// <returns>What it wrote.</returns>
    public Task<string> RabbitMqCtlAsync(params string[] arguments) => RunAsync(["rabbitmqctl", _folder, .. arguments]);

    public Task StartRabbitMqAsync() => RunAsync("start-rabbitmq", _folder);

    public Task StopRabbitMqAsync() => RunAsync("stop-rabbitmq", _folder);

    /// <summary>Runs a statement that belongs to no database in particular.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionTo("postgres")) { Pooling = false });
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task StartPostgreSqlAsync() => RunAsync("start-postgresql", _folder);

    /// <summary>Stops the server as if it had crashed.</summary>
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
