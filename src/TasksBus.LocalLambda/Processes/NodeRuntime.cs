using System.ComponentModel;
using System.Globalization;

namespace TasksBus.LocalLambda.Processes;

/// <summary>The Node.js program, which is found and checked once. Without it a server does not start.</summary>
internal sealed class NodeRuntime
{
    public const int OldestVersion = 18;

    private NodeRuntime(string path, int majorVersion)
    {
        Path = path;
        MajorVersion = majorVersion;
        Program = ProgramOf(path, majorVersion);
    }

    public string Path { get; }

    public int MajorVersion { get; }

    public RuntimeProgram Program { get; }

    public static RuntimeProgram ProgramOf(string path, int majorVersion) =>
        new(path, string.Create(CultureInfo.InvariantCulture, $"AWS_Lambda_nodejs{majorVersion}.x"));

    public static async Task<NodeRuntime> FindAsync(string program, CancellationToken cancellationToken)
    {
        const string howTo = "Install Node.js 18 or later (https://nodejs.org/en/download) or set LocalLambda:NodePath.";
        var node = Programs.Find(program)
            ?? throw new LocalLambdaStartException($"Local functions need Node.js 18, but there is no program '{program}'. {howTo}");
        string version;
        try
        {
            version = await Programs.OutputAsync([node, "--version"], cancellationToken).ConfigureAwait(false) ?? "";
        }
        catch (Win32Exception exception)
        {
            throw new LocalLambdaStartException(
                $"Local functions need Node.js 18, but '{node}' cannot be run: {exception.Message}. {howTo}", exception);
        }

        return MajorOf(version) is >= OldestVersion and var major
            ? new NodeRuntime(node, major)
            : throw new LocalLambdaStartException(
                $"Local functions need Node.js 18, but '{node} --version' says '{version.Split('\n')[0]}'. {howTo}");
    }

    /// <summary>Returns 18 for v18.1.0, and 0 for a text that is not a version of Node.js.</summary>
    public static int MajorOf(string version)
    {
        var dot = version.IndexOf('.', StringComparison.Ordinal);
        return version.StartsWith('v') && dot > 1 && int.TryParse(version.AsSpan(1, dot - 1), CultureInfo.InvariantCulture, out var major)
            ? major : 0;
    }
}
