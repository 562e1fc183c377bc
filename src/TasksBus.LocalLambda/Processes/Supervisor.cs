using System.ComponentModel;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Runs supervisor.pl with Perl, which Debian, its derivatives and macOS always have. .NET cannot make a process adopt the orphans below
/// it, and a .NET process for each function's process would take ten times the memory.
/// </summary>
internal static class Supervisor
{
    private const string HowTo = "Install it (on Debian: apt-get install perl-base): it ends what functions leave behind.";

    /// <summary>
    /// A function's own variables reach only the function. No program that runs before it gets them, in particular not setpriv; until here
    /// they are plain text. Other users may not read the files that it writes.
    /// </summary>
    private const string Start = "umask 077; unset PERL_BADLANG; eval \"$" + Variables + "\"; unset PWD " + Variables + "; exec \"$@\"";

    private const string Variables = "TASKSBUS_FUNCTION_VARIABLES";

    /// <summary>Returns the path of Perl.</summary>
    /// <exception cref="LocalLambdaStartException">There is no usable Perl.</exception>
    public static async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        var perl = Programs.Find("perl")
            ?? throw new LocalLambdaStartException($"Local functions need Perl 5, but there is no program 'perl'. {HowTo}");
        try
        {
            return await Programs.RunsAsync([perl, "-MPOSIX", "-MIO::Handle", "-e", "1"], cancellationToken).ConfigureAwait(false)
                ? perl : throw new LocalLambdaStartException(
                    $"Local functions need Perl 5 with its modules POSIX and IO::Handle, which '{perl}' has not. {HowTo}");
        }
        catch (Win32Exception exception)
        {
            throw new LocalLambdaStartException(
                $"Local functions need Perl 5, but '{perl}' cannot be run: {exception.Message}. {HowTo}", exception);
        }
    }

    /// <summary>Returns the command line that runs a command as a user, under a supervisor.</summary>
    /// <param name="perl">The path of Perl.</param>
    /// <param name="script">The path of supervisor.pl.</param>
    /// <param name="user">The prefix that changes the user; see <see cref="Isolation.Prefix"/>. The supervisor stays the server's user, so
    /// no other user's function can end it.</param>
    /// <param name="command">The function's process.</param>
    public static string[] CommandLine(string perl, string script, IReadOnlyList<string> user, string[] command) =>
        [perl, script, .. user, InstalledRuntimes.Shell, "-c", Start, InstalledRuntimes.Shell, .. command];

    /// <summary>Adds a function's own variables to its process's environment.</summary>
    public static void Pass(IDictionary<string, string?> environment, IReadOnlyDictionary<string, string> variables)
    {
        environment["PERL_BADLANG"] = "0"; // no words about a locale that is not installed
        environment[Variables] = FunctionEnvironment.Script(variables);
        foreach (var (name, value) in variables.Where(static variable => !FunctionEnvironment.IsShellName(variable.Key)))
        {
            environment[name] = value;
        }
    }
}
