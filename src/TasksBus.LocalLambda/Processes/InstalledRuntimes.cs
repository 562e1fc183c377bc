using System.ComponentModel;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>A program that runs functions, and what AWS_EXECUTION_ENV says of it.</summary>
internal sealed record RuntimeProgram(string Path, string ExecutionEnvironment);

/// <summary>
/// What this machine has to run functions with. Python is looked for when it is first needed; so is a Node.js that the users of deployed
/// functions can run, which a program in somebody's home is not.
/// </summary>
internal sealed class InstalledRuntimes
{
    private const string PythonVersion = "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 8))";
    private readonly NodeRuntime _node;
    private readonly Isolation _isolation;
    private readonly Lazy<Task<RuntimeProgram?>> _nodeForUsers;
    private readonly Lazy<Task<RuntimeProgram?>> _python;
    private readonly Lazy<Task<RuntimeProgram?>> _pythonForUsers;

    public InstalledRuntimes(NodeRuntime node, LocalLambdaOptions options, Isolation isolation)
    {
        (_node, _isolation) = (node, isolation);
        _python = new(() => FindPythonAsync([]));
        _nodeForUsers = new(() => isolation.HasUsers ? FindNodeAsync([node.Path, .. Programs.FindAll(options.NodePath), .. Programs.FindAll("node")]) : Task.FromResult<RuntimeProgram?>(node.Program));
        _pythonForUsers = new(() => isolation.HasUsers ? FindPythonAsync(isolation.PrefixOfAnybody()) : _python.Value);
    }

    /// <summary>Why functions deployed through the API cannot run here, or null.</summary>
    public async ValueTask<string?> WhyMissingAsync(RuntimeKind kind)
    {
        if (await FindAsync(kind, isDeployed: true).ConfigureAwait(false) is not null)
        {
            return null;
        }

        var name = kind == RuntimeKind.Node ? "Node.js 18 or later" : kind == RuntimeKind.Python ? "Python 3.8 or later (python3)" : "/bin/sh";
        return _isolation.HasUsers
            ? $"there is no {name} on the PATH that every user may run. Deployed functions run as users of their own: install it for all, as by the system's packages."
            : $"there is no {name} on the PATH. Install it, and try again after a restart.";
    }

    /// <summary>The program for a function's process, or null where there is none; for provided runtimes the shell that starts theirs.</summary>
    public async ValueTask<RuntimeProgram?> FindAsync(RuntimeKind kind, bool isDeployed) => kind switch
    {
        RuntimeKind.Node => isDeployed ? await _nodeForUsers.Value.ConfigureAwait(false) : _node.Program,
        RuntimeKind.Python => await (isDeployed ? _pythonForUsers : _python).Value.ConfigureAwait(false),
        _ => File.Exists(Shell) ? new RuntimeProgram(Shell, "") : null,
    };

    public const string Shell = "/bin/sh";

    private async Task<RuntimeProgram?> FindNodeAsync(IEnumerable<string> candidates)
    {
        foreach (var candidate in candidates.Distinct())
        {
            if (await TryAsync([.. _isolation.PrefixOfAnybody(), candidate, "--version"]).ConfigureAwait(false) is { } version && NodeRuntime.MajorOf(version) is >= NodeRuntime.OldestVersion and var major)
            {
                return NodeRuntime.ProgramOf(candidate, major);
            }
        }

        return null;
    }

    private static async Task<RuntimeProgram?> FindPythonAsync(IReadOnlyList<string> prefix)
    {
        foreach (var candidate in Programs.FindAll("python3"))
        {
            // What is on the PATH may be a script that looks for the program; from then on the program itself is started.
            if ((await TryAsync([.. prefix, candidate, "-c", PythonVersion]).ConfigureAwait(false))?.Split('\n') is [{ Length: > 0 } path, { Length: > 0 } version, ..])
            {
                return new(path, $"AWS_Lambda_python{version}");
            }
        }

        return null;
    }

    private static async Task<string?> TryAsync(IReadOnlyList<string> command)
    {
        try
        {
            return await Programs.OutputAsync(command, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
