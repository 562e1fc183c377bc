using System.Data.Common;
using System.Globalization;
using System.Text.Json;

namespace TasksBus.Benchmarks;

/// <summary>
/// Other job systems as baselines: programs in the folder peers, each run as a process of its own on the servers that the run uses.
/// A run makes a database of its own there and drops it, so the user must be one who may create databases.
/// </summary>
internal sealed class Peers
{
    public static readonly IReadOnlyList<string> Systems = ["pg-boss", "graphile-worker", "bullmq", "hangfire", "celery"];
    public static readonly IReadOnlyList<string> Loads = ["one-by-one", "bulk", "drain", "latency"];

    // This program is in bin/CONFIGURATION/FRAMEWORK of its project, and Hangfire's in the same folders of its own.
    private static readonly string s_project = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../.."));
    private static readonly string s_folder = Path.Combine(s_project, "peers");
    private static readonly string s_hangfire =
        Path.Combine(s_folder, "hangfire", Path.GetRelativePath(s_project, AppContext.BaseDirectory), "TasksBus.Benchmarks.Hangfire.dll");

    private readonly string _connection;
    private readonly string? _broker;
    private readonly string? _npmFailure;

    private Peers(string connection, string? broker, string? npmFailure) =>
        (_connection, _broker, _npmFailure) = (connection, broker, npmFailure);

    /// <summary>Systems that run about a hundred jobs a second: a tenth of the jobs is enough to measure them.</summary>
    public static bool IsSlow(string system) => system is "hangfire" or "celery";

    /// <summary>Installs what the peers need the first time. Peers whose needs cannot be installed are left out.</summary>
    /// <param name="connection">
    /// The connection to PostgreSQL: a URL, or words such as "Host=127.0.0.1;Port=5432;Database=postgres;Username=postgres".
    /// </param>
    /// <param name="broker">RabbitMQ, as amqp://; null leaves out the peer that needs it.</param>
    public static async Task<Peers> PrepareAsync(string connection, string? broker)
    {
        var preparation = await ChildProcess.RunAsync("bash", [Path.Combine(s_folder, "prepare.sh")], TimeSpan.FromMinutes(10));
        return new(ToUrl(connection), broker, preparation.Failure);
    }

    /// <summary>Runs one system with one load. A failure is a result too, and contains what the program wrote before it.</summary>
    /// <param name="limit">The program is stopped after this time.</param>
    public async Task<PeerResult> RunAsync(string system, string load, int jobs, TimeSpan limit)
    {
        var (program, script) = system switch
        {
            "hangfire" => ("dotnet", s_hangfire),
            "celery" => (Python, Path.Combine(s_folder, "celery/measure.py")),
            _ => (Node, Path.Combine(s_folder, $"{system}.mjs")),
        };
        if (program == Node && _npmFailure is not null)
        {
            return new(system, load) { NotAvailable = _npmFailure };
        }

        string[] arguments =
        [
            script, "--connection", _connection, "--load", load, "--jobs", jobs.ToString(CultureInfo.InvariantCulture),
            .. system == "celery" && _broker is not null ? ["--broker", _broker] : Array.Empty<string>(),
        ];
        var run = await ChildProcess.RunAsync(program, arguments, limit);
        return run.Failure is { } failure
            ? new(system, load) { NotAvailable = failure }
            : JsonSerializer.Deserialize<PeerResult>(run.Output, JsonSerializerOptions.Web)!;
    }

    /// <summary>The Node.js among the npm packages, where there is one for this machine.</summary>
    private static string Node
    {
        get
        {
            var installed = Path.Combine(s_folder, "node_modules/.bin/node");
            return File.Exists(installed) ? installed : "node";
        }
    }

    /// <summary>Debian's Python, for which Celery is a package, even where another Python comes first on the PATH.</summary>
    private static string Python => File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private static string ToUrl(string connection)
    {
        if (connection.StartsWith("postgres", StringComparison.Ordinal))
        {
            return connection;
        }

        var words = new DbConnectionStringBuilder { ConnectionString = connection };
        string Word(string name, string otherwise = "") =>
            words.TryGetValue(name, out var value) ? Uri.EscapeDataString((string)value) : otherwise;
        return $"postgres://{Word("Username")}:{Word("Password")}@{Word("Host")}:{Word("Port", "5432")}/{Word("Database", "postgres")}";
    }
}
