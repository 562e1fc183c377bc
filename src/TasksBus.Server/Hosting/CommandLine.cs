namespace TasksBus.Server.Hosting;

/// <summary>What the command line may say. .NET's own reader passes over what it does not know.</summary>
internal static class CommandLine
{
    private const string Form = "Write --SETTING=VALUE, such as --urls=http://localhost:8081; a value with blanks or ';' stands in quotes. "
        + "--help lists the options.";

    private static readonly string[] s_commands = ["--new-api-key", "--list-api-keys", "--revoke-api-key", "--release-hold", "--help"];

    /// <param name="args">
    /// Settings, each as .NET reads it: <c>--name=value</c>, <c>--name value</c>, <c>/name=value</c> or <c>name=value</c>.
    /// </param>
    /// <exception cref="StartException">One is no setting that somebody reads.</exception>
    public static void Check(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            var (isMarked, isAssigned) = (IsOption(arg), arg.Contains('=', StringComparison.Ordinal));
            var name = (isAssigned ? arg[..arg.IndexOf('=', StringComparison.Ordinal)] : arg)[(isMarked ? arg[0] == '-' ? 2 : 1 : 0)..];
            if (s_commands.Contains(arg, StringComparer.OrdinalIgnoreCase))
            {
                throw new StartException($"{arg} is a command: it stands first, before all settings.");
            }

            if (!isMarked && (!isAssigned || !IsKnown(name)))
            {
                // It is not repeated: it may be a part of a password with a blank or a ';' in it.
                throw new StartException($"What stands in place {i + 1} of the command line is no option. {Form}");
            }

            if (!IsKnown(name))
            {
                var names = KnownSettings.Names.Concat(s_commands.Select(static command => command[2..])).Select(static known => $"--{known}");
                var advice = Spelling.Advice($"--{name.Replace("__", ":", StringComparison.Ordinal)}", names);
                throw new StartException($"--{name} is no option.{advice} --help lists the options.");
            }

            if (!isAssigned && (++i == args.Count || IsOption(args[i])))
            {
                throw new StartException($"--{name} has no value. Write --{name}=VALUE.");
            }
        }
    }

    private static bool IsOption(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) || (arg.StartsWith('/') && arg.Contains('=', StringComparison.Ordinal));

    private static bool IsKnown(string name)
    {
        var parts = name.Split(':');
        return KnownSettings.All.Any(known => known.Is(parts) || known.IsBelow(parts));
    }
}
