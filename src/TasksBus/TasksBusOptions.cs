using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using TasksBus.Settings;

namespace TasksBus;

/// <summary>The settings of a server, from the section <c>TasksBus</c> (or <c>TasksBus__...</c> in the environment).</summary>
public sealed partial class TasksBusOptions : IValidatableObject
{
    private static readonly Dictionary<string, Roles> s_roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["api"] = TasksBus.Roles.Api,
        ["dispatcher"] = TasksBus.Roles.Dispatcher,
        ["worker"] = TasksBus.Roles.Worker,
    };

    /// <summary>The section of the configuration that holds these options.</summary>
    public const string Section = "TasksBus";

    /// <summary>A value of <see cref="UnknownFields"/>.</summary>
    public const string Ignore = "ignore";

    private const string Refuse = "refuse";

    /// <summary>The default of <see cref="SqlSchema"/>.</summary>
    public const string DefaultSqlSchema = "tasksbus";

    /// <summary>The longest time limit that a function may have: the longest that a task may run.</summary>
    public static readonly TimeSpan MaxTimeLimit = TimeSpan.FromSeconds(300);

    /// <summary>The folder of the database. Default: <c>./.data</c>.</summary>
    [Setting("the folder of the database, if the server runs alone", Value = "FOLDER")]
    public string DataPath { get; set; } = "./.data";

    /// <summary>
    /// How many functions this server runs at once, 1 to 10,000. Default: 20 for each core, because functions mostly wait.
    /// </summary>
    [Setting("functions that run at once", Default = "20 a core")]
    [Range(1, 10_000)]
    public int WorkerSlots { get; set; } = 20 * Environment.ProcessorCount;

    /// <summary>How long a function may take, above 0 to 00:05:00. A managed function's own limit may be less. Default: 00:05:00.</summary>
    [Setting("longest run of a function")]
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", MinimumIsExclusive = true)]
    public TimeSpan TaskTimeLimit { get; set; } = MaxTimeLimit;

    /// <summary>How long a stopping server waits for running functions, 0 to 00:15:00. Default: 00:00:30.</summary>
    [Setting("how long a stopping server waits for running functions")]
    [Range(typeof(TimeSpan), "00:00:00", "00:15:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The silence after which a worker counts as dead, 00:00:05 to 00:05:00. Default: 00:00:20.</summary>
    [Setting("silence after which a worker counts as dead")]
    [Range(typeof(TimeSpan), "00:00:05", "00:05:00")]
    public TimeSpan WorkerLease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many functions this process executes directly at once, 1 to 10,000. Default: 100.</summary>
    [Setting("functions that are executed directly at once")]
    [Range(1, 10_000)]
    public int MaxDirectExecutions { get; set; } = 100;

    /// <summary>How many requests API functions answer at once in this process, 1 to 10,000. Each may take 12 MB. Default: 100.</summary>
    [Setting("requests that API functions answer at once")]
    [Range(1, 10_000)]
    public int MaxApiRequests { get; set; } = 100;

    /// <summary>
    /// How much of <see cref="MaxDirectExecutions"/>, and of <see cref="MaxApiRequests"/>, one function may take, in per cent: 1 to 100,
    /// rounded up. Default: 50, so that a function that is called without end leaves as much for the others.
    /// </summary>
    [Setting("how much of these two one function may take, rounded up", Unit = "per cent")]
    [Range(1, 100)]
    public int FunctionShare { get; set; } = 50;

    /// <summary>
    /// A host name for API functions alone, such as <c>functions.example.org</c>. Only there may they set cookies and other things that
    /// apply to a whole host. Default: none.
    /// </summary>
    [Setting("a host name for API functions alone, where they may set cookies", Value = "NAME")]
    [MustBe("a host name only, such as functions.example.org")]
    public string? FunctionsHost { get; set; }

    /// <summary>
    /// True to store the query strings of API requests with their values, which may be secrets. Default: false, which stores only the names
    /// of parameters.
    /// </summary>
    [Setting("keep the query strings of API requests with their values, which may be secrets")]
    public bool KeepQueryStrings { get; set; }

    /// <summary>The events that are published, by names such as TaskStarted. Default: those of final states.</summary>
    [Setting("events to publish, one for each number", Value = "NAME", Default = "those of final states")]
    public IReadOnlyList<string>? Events { get; set; }

    /// <summary>
    /// The functions whose results are kept with their tasks, as long as the logs: names, or <c>*</c> for every function. A result may have
    /// 256 KB. Default: none.
    /// </summary>
    [Setting("functions whose results are kept with the task, or *, one for each number", Value = "FUNCTION", Default = "none")]
    public IReadOnlyList<string>? KeepResults { get; set; }

    /// <summary>
    /// True to raise the event <c>task_failed</c> for each task that fails, so that dispatchers may react to it. The processes of a cluster
    /// should agree on it. Default: false.
    /// </summary>
    [Setting("raise the event task_failed for each task that fails")]
    public bool TaskFailedEvents { get; set; }

    /// <summary>The pool whose tasks this server runs. Default: <c>default</c>.</summary>
    [Setting("the pool whose tasks this server runs", Value = "NAME")]
    public string Pool { get; set; } = PoolNames.Default;

    /// <summary>
    /// The functions of each pool, by the pool's name. At the start they are written into the database, for functions that have no pool
    /// there yet. A function that no pool names belongs to <c>default</c>.
    /// </summary>
    [Setting("the functions of a pool, if the database has no pool for them", Value = "FUNCTION", Default = "all in default")]
    public IDictionary<string, IReadOnlyList<string>> Pools { get; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>True when only functions that are managed here may be scheduled. Default: false.</summary>
    [Setting("schedule only functions that were created at /tasks/v1/functions")]
    public bool OnlyRegisteredFunctions { get; set; }

    /// <summary>
    /// What happens to unknown fields in bodies that make tasks or schedules: <c>refuse</c> with code 15, or <c>ignore</c>, as the original
    /// does. Default: refuse.
    /// </summary>
    [Setting("what to do with unknown fields in bodies that make tasks and schedules", Value = "ignore")]
    [AllowedValues(Refuse, Ignore)]
    public string UnknownFields { get; set; } = Refuse;

    /// <summary>
    /// In a cluster: what this process does, any of <c>api</c>, <c>dispatcher</c> and <c>worker</c>, joined by commas. Default: all.
    /// </summary>
    [Setting("in a cluster: what this process does", Value = "NAMES")]
    [MustBe("one or more of api, dispatcher and worker, joined by commas")]
    public string Roles { get; set; } = "api,dispatcher,worker";

    /// <summary>True to serve the dashboard at <c>/dashboard</c>, in processes with the role <c>api</c>. Default: true.</summary>
    [Setting("serve the dashboard at /dashboard, where the role is api")]
    public bool Dashboard { get; set; } = true;

    /// <summary>In a cluster: true for replicated queues, without the broker's priorities. Default: false.</summary>
    [Setting("in a cluster: replicated queues, without the broker's priorities")]
    public bool QuorumQueues { get; set; }

    /// <summary>
    /// In a cluster: true to release nothing after the database was restored or promoted, until an operator allows it. Default: true.
    /// </summary>
    [Setting("in a cluster: hold tasks on a restored or promoted database until --release-hold")]
    public bool HoldAfterRestore { get; set; } = true;

    /// <summary>
    /// In a cluster: the schema of PostgreSQL that this server makes for services that schedule tasks in their own transactions. Default:
    /// <c>tasksbus</c>.
    /// </summary>
    [Setting("in a cluster: the schema by which services schedule tasks in their own transactions", Value = "NAME")]
    [MustBe("1 to 40 lower-case letters, digits and _, with a letter first, and not begin with pg_")]
    public string SqlSchema { get; set; } = DefaultSqlSchema;

    /// <summary>The folder of the local functions. Default: <c>./functions</c>.</summary>
    [Setting("the folder of local functions, with a folder for each", Value = "FOLDER")]
    public string FunctionsPath { get; set; } = "./functions";

    /// <summary>How long ended tasks, logs, API requests and events are kept. By default tasks are kept forever.</summary>
    public RetentionOptions Retention { get; set; } = new();

    /// <summary>The roles, or null when a name is not a role.</summary>
    public Roles? ParseRoles()
    {
        var roles = TasksBus.Roles.None;
        foreach (var name in Roles.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!s_roles.TryGetValue(name, out var role))
            {
                return null;
            }

            roles |= role;
        }

        return roles == TasksBus.Roles.None ? null : roles;
    }

    /// <summary>Checks what no attribute can state.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FunctionsHost is { } host && Uri.CheckHostName(host) != UriHostNameType.Dns)
        {
            yield return SettingFaults.Fault<TasksBusOptions>(Section, nameof(FunctionsHost), host);
        }

        if (!IsSqlSchema(SqlSchema))
        {
            yield return SettingFaults.Fault<TasksBusOptions>(Section, nameof(SqlSchema), SqlSchema);
        }

        foreach (var pool in Pools.Keys.Append(Pool))
        {
            if (!IsPool(pool))
            {
                yield return new(
                    $"TasksBus:{(pool == Pool ? nameof(Pool) : nameof(Pools))} is {pool}; a pool's name must be 1 to 60 lower-case "
                        + "letters, digits and dashes.");
            }
        }

        foreach (var twice in Pools.SelectMany(static pool => pool.Value)
            .GroupBy(static function => function)
            .Where(static group => group.Count() > 1))
        {
            yield return new($"TasksBus:Pools names the function '{twice.Key}' {twice.Count()} times; it belongs to one pool.");
        }

        if (ParseRoles() is null)
        {
            yield return SettingFaults.Fault<TasksBusOptions>(Section, nameof(Roles), Roles);
        }

        foreach (var name in Events ?? [])
        {
            if (KeptEvents.All.All(type => type.Name != name))
            {
                yield return new(
                    $"TasksBus:Events is {name}; it must be some of {string.Join(", ", KeptEvents.All.Select(type => type.Name))}.");
            }
        }
    }

    /// <summary>Returns true when a pool can have that name: 1 to 60 lower-case letters, digits and dashes.</summary>
    public static bool IsPool(string name) => PoolName().IsMatch(name);

    /// <summary>Returns true when the schema for services can have that name.</summary>
    public static bool IsSqlSchema(string name) => SqlSchemaName().IsMatch(name);

    [GeneratedRegex(@"\A(?!pg_)[a-z][a-z0-9_]{0,39}\z")]
    private static partial Regex SqlSchemaName();

    [GeneratedRegex(@"\A[a-z0-9-]{1,60}\z")]
    private static partial Regex PoolName();
}
