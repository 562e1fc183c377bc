using System.Diagnostics;
using System.Globalization;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>The Node.js program, found and checked once, and how a function's process is started with it.</summary>
internal sealed class NodeRuntime
{
    private const int OldestVersion = 18;
    private readonly string _node;
    private readonly string? _setsid;
    private readonly string _path;

    private NodeRuntime(string node, int majorVersion)
    {
        _node = node;
        _path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        _setsid = FindProgram("setsid");
        MajorVersion = majorVersion;
    }

    public int MajorVersion { get; }

    /// <summary>
    /// Whether each process leads a process group of its own, so that its children end with it. Where setsid (util-linux)
    /// is missing, on macOS, its living children are found by their parent instead.
    /// </summary>
    public bool LeadsGroup => _setsid is not null;

    public static async Task<NodeRuntime> FindAsync(string program, CancellationToken cancellationToken)
    {
        const string howTo = "Install Node.js 18 or later (https://nodejs.org/en/download) or set LocalLambda:NodePath.";
        var node = FindProgram(program)
            ?? throw new LocalLambdaStartException($"Local functions need Node.js 18, but there is no program '{program}'. {howTo}");
        string version;
        try
        {
            var start = new ProcessStartInfo(node, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            version = await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
            process.Kill();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new LocalLambdaStartException($"Local functions need Node.js 18, but '{node}' cannot be run: {exception.Message}. {howTo}", exception);
        }

        return MajorOf(version) is >= OldestVersion and var major
            ? new NodeRuntime(node, major)
            : throw new LocalLambdaStartException($"Local functions need Node.js 18, but '{node} --version' says '{version}'. {howTo}");
    }

    /// <summary>The command line and the whole environment: a function sees none of the server's own variables but PATH.</summary>
    public ProcessStartInfo Describe(Function function, string bootstrap, string socket, string lifeline)
    {
        var settings = function.Settings;
        var start = new ProcessStartInfo(_setsid ?? _node)
        {
            WorkingDirectory = function.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (LeadsGroup)
        {
            start.ArgumentList.Add(_node);
        }

        start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"--max-old-space-size={settings.MemoryMb}"));
        start.ArgumentList.Add(bootstrap);
        start.ArgumentList.Add(socket);
        start.ArgumentList.Add(lifeline);
        start.ArgumentList.Add(LeadsGroup ? "group" : "single");

        var environment = start.Environment;
        environment.Clear();
        environment["PATH"] = _path;
        environment["HOME"] = environment["TMPDIR"] = Path.GetTempPath();
        environment["LANG"] = "en_US.UTF-8";
        environment["TZ"] = ":UTC";
        environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = FunctionName.Region;
        environment["AWS_EXECUTION_ENV"] = $"AWS_Lambda_nodejs{MajorVersion}.x";
        foreach (var (name, value) in settings.Environment)
        {
            environment[name] = value;
        }

        environment["AWS_LAMBDA_FUNCTION_NAME"] = function.Name;
        environment["AWS_LAMBDA_FUNCTION_VERSION"] = FunctionName.Latest;
        environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = settings.MemoryMb.ToString(CultureInfo.InvariantCulture);
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
        environment["AWS_LAMBDA_LOG_GROUP_NAME"] = $"/aws/lambda/{function.Name}";
        environment["AWS_LAMBDA_LOG_STREAM_NAME"] = $"[{FunctionName.Latest}]{Guid.NewGuid():N}";
        environment["LAMBDA_TASK_ROOT"] = function.Folder;
        environment["_HANDLER"] = settings.Handler;
        return start;
    }

    /// <summary>18 for v18.1.0; 0 for what is no version of Node.js.</summary>
    private static int MajorOf(string version)
    {
        var dot = version.IndexOf('.', StringComparison.Ordinal);
        return version.StartsWith('v') && dot > 1 && int.TryParse(version.AsSpan(1, dot - 1), CultureInfo.InvariantCulture, out var major) ? major : 0;
    }

    private static string? FindProgram(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
