namespace TasksBus.LocalLambda;

/// <summary>How local functions are run. The values are checked when the server starts.</summary>
public sealed class LocalLambdaOptions
{
    /// <summary>
    /// The folder whose sub-folders are the functions. It must exist. Default: <c>functions</c>, relative to the current directory.
    /// </summary>
    public string FunctionsPath { get; set; } = "functions";

    /// <summary>
    /// The folder that keeps the functions deployed through the API, and the key that the server makes. The server creates it at the start,
    /// for this user only. One server at a time may use it. Default: <c>.data/lambda</c>, relative to the current directory.
    /// </summary>
    public string StoragePath { get; set; } = Path.Combine(".data", "lambda");

    /// <summary>
    /// How much the zip files of all deployed functions may take together, in MB. 1 to 1,000,000; default 76,800 (75 GB), as in Lambda.
    /// </summary>
    public int MaxCodeStorageMb { get; set; } = 76_800;

    /// <summary>The Node.js program, version 18 or later: a path, or a name looked up on PATH. Default: <c>node</c>.</summary>
    public string NodePath { get; set; } = "node";

    /// <summary>
    /// Where to listen: one http URL. It must be a loopback address, unless <see cref="Keys"/> are set. Port 0 is any free port. Default:
    /// <c>http://127.0.0.1:0</c>.
    /// </summary>
    public string Url { get; set; } = "http://127.0.0.1:0";

    /// <summary>How many processes of functions may be alive at once, over all functions. 1 to 1,000; default 64.</summary>
    public int MaxProcesses { get; set; } = 64;

    /// <summary>How long an unused process is kept warm. 100 ms to 24 hours; default 5 minutes.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long an invocation waits for a process to come free when <see cref="MaxProcesses"/> are all busy, before it is
    /// throttled (429). 0 to 1 minute; default 1 second.
    /// </summary>
    public TimeSpan CapacityWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a process may take to start and load its function. 1 second to 5 minutes; default 10 seconds, as in Lambda.
    /// </summary>
    public TimeSpan InitTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many invocations of type Event may wait or run before more are throttled (429). 1 to 100,000; default 1,000.</summary>
    public int MaxPendingEvents { get; set; } = 1_000;

    /// <summary>
    /// The keys that requests must be signed with (AWS Signature Version 4). Default: one key that the server makes and keeps in
    /// <see cref="StoragePath"/>; see <see cref="LocalLambdaServer.Keys"/>.
    /// </summary>
    public IReadOnlyList<LocalLambdaKey> Keys { get; set; } = [];

    /// <summary>
    /// True when requests need no signature. Then every program on this machine may run code, but pages in a browser still may not. It
    /// cannot be combined with <see cref="Keys"/>. Default: false.
    /// </summary>
    public bool WithoutKeys { get; set; }

    /// <summary>Lets a test delay a deployment.</summary>
    internal Func<Task> BeforeUnpacking { get; set; } = static () => Task.CompletedTask;

    internal void Validate()
    {
        if (!Directory.Exists(FunctionsPath))
        {
            throw new LocalLambdaStartException($"LocalLambda:FunctionsPath: there is no folder '{Path.GetFullPath(FunctionsPath)}'.");
        }

        Require(!string.IsNullOrWhiteSpace(StoragePath), nameof(StoragePath), "a path");
        Require(MaxCodeStorageMb is >= 1 and <= 1_000_000, nameof(MaxCodeStorageMb), "from 1 to 1,000,000", MaxCodeStorageMb);
        Require(MaxProcesses is >= 1 and <= 1_000, nameof(MaxProcesses), "from 1 to 1,000", MaxProcesses);
        Require(
            IdleTimeout >= TimeSpan.FromMilliseconds(100) && IdleTimeout <= TimeSpan.FromHours(24), nameof(IdleTimeout),
            "from 100 ms to 24 hours", IdleTimeout);
        Require(
            CapacityWait >= TimeSpan.Zero && CapacityWait <= TimeSpan.FromMinutes(1), nameof(CapacityWait), "from 0 to 1 minute",
            CapacityWait);
        Require(
            InitTimeout >= TimeSpan.FromSeconds(1) && InitTimeout <= TimeSpan.FromMinutes(5), nameof(InitTimeout),
            "from 1 second to 5 minutes", InitTimeout);
        Require(
            Keys.All(
                static key =>
                    key.AccessKey.Length is >= 1 and <= 128 && key.AccessKey.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')),
            "Keys:AccessKey", "1 to 128 letters, digits and '_'");
        Require(
            Keys.All(static key => key.SecretKey.Length >= LocalLambdaKey.MinSecretLength), "Keys:SecretKey",
            $"{LocalLambdaKey.MinSecretLength} characters or more; openssl rand -hex 32 makes one");
        Require(Keys.DistinctBy(static key => key.AccessKey).Count() == Keys.Count, "Keys:AccessKey", "another for each key");
        Require(!WithoutKeys || Keys.Count == 0, nameof(WithoutKeys), "false where there are LocalLambda:Keys");
        Require(MaxPendingEvents is >= 1 and <= 100_000, nameof(MaxPendingEvents), "from 1 to 100,000", MaxPendingEvents);
    }

    /// <summary>Checks an option. The actual value is for the message; it is null when it is secret.</summary>
    private static void Require(bool holds, string name, string range, object? value = null)
    {
        if (!holds)
        {
            throw new LocalLambdaStartException($"LocalLambda:{name} must be {range}{(value is null ? "" : $", not {value}")}.");
        }
    }
}
