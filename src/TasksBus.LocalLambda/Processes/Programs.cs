using System.ComponentModel;
using System.Diagnostics;

namespace TasksBus.LocalLambda.Processes;

/// <summary>Finds and runs programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The path of a program: as given, or the first match on PATH.</summary>
    public static string? Find(string program) => FindAll(program).FirstOrDefault();

    /// <summary>All programs of that name, in the order of PATH.</summary>
    public static IEnumerable<string> FindAll(string program) =>
        program.Contains('/', StringComparison.Ordinal)
            ? new[] { Path.GetFullPath(program) }.Where(File.Exists)
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => Path.Combine(folder, program)).Where(File.Exists).Distinct();

    /// <summary>Returns true when the command ends with exit code 0.</summary>
    public static async Task<bool> RunsAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        await OutputAsync(command, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Returns what the command prints, or null when its exit code is not 0.</summary>
    /// <exception cref="Win32Exception">The command cannot be run.</exception>
    public static async Task<string?> OutputAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await errors.ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode == 0 ? output : null;
    }
}
