using System.ComponentModel;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>A program that runs functions, and its value of AWS_EXECUTION_ENV.</summary>
internal sealed record RuntimeProgram(string Path, string ExecutionEnvironment);

/// <summary>
/// The programs of this machine that can run functions. It looks for Python when Python is first needed. It does the same for a Node.js
/// that the users of deployed functions can run; they cannot run a program in somebody's home.
/// </summary>
internal sealed class InstalledRuntimes
{
    private const string PythonVersion =
        "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 8))";
    private readonly NodeRuntime _node;
    private readonly Isolation _isolation;
    private readonly Lazy<Task<RuntimeProgram?>> _nodeForUsers;
    private readonly Lazy<Task<RuntimeProgram?>> _python;
    private readonly Lazy<Task<RuntimeProgram?>> _pythonForUsers;

    public InstalledRuntimes(NodeRuntime node, LocalLambdaOptions options, Isolation isolation)
    {
        (_node, _isolation) = (node, isolation);
        _python = new(() => FindPythonAsync([]));
        _nodeForUsers = new(
            () => isolation.HasUsers ? FindNodeAsync([node.Path, .. Programs.FindAll(options.NodePath), .. Programs.FindAll("node")])
                : Task.FromResult<RuntimeProgram?>(node.Program));
        _pythonForUsers = new(() => isolation.HasUsers ? FindPythonAsync(isolation.PrefixOfAnybody()) : _python.Value);
    }

    /// <summary>Returns the reason why functions deployed through the API cannot run here, or null.</summary>
    public async ValueTask<string?> WhyMissingAsync(RuntimeKind kind)
    {
        if (await FindAsync(kind, isDeployed: true).ConfigureAwait(false) is not null)
        {
            return null;
        }

        var name = kind == RuntimeKind.Node ? "Node.js 18 or later"
            : kind == RuntimeKind.Python ? "Python 3.8 or later (python3)"
            : "/bin/sh";
        return _isolation.HasUsers
            ? $"there is no {name} on the PATH that every user may run. Deployed functions run as users of their own: install it for all, "
                + "as by the system's packages."
            : $"there is no {name} on the PATH. Install it, and try again after a restart.";
    }

    /// <summary>
    /// Returns the program for a function's process, or null when there is none. For provided runtimes it is the shell that starts them.
    /// </summary>
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
            if (await TryAsync([.. _isolation.PrefixOfAnybody(), candidate, "--version"]).ConfigureAwait(false) is { } version
                && NodeRuntime.MajorOf(version) is >= NodeRuntime.OldestVersion and var major)
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
            // The program on the PATH may be a script that looks for the real one. From then on the real one is started.
            var output = await TryAsync([.. prefix, candidate, "-c", PythonVersion]).ConfigureAwait(false);
            if (output?.Split('\n') is [{ Length: > 0 } path, { Length: > 0 } version, ..])
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
