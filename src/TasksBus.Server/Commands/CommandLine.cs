using System.CommandLine;
using System.CommandLine.Help;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;

namespace TasksBus.Server.Commands;

/// <summary>The program's command line: settings for a server, or a command with its own options and the same settings.</summary>
internal static class CommandLine
{
    private const string Form = "Write --SETTING=VALUE, such as --urls=http://localhost:8081; a value with blanks or ';' stands in quotes. "
        + "--help lists the options.";

    private static readonly ParserConfiguration s_parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Does what the arguments ask for, until a server is told to stop.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="StartException">An argument is not valid, or a setting prevents the start.</exception>
    public static Task<int> RunAsync(string[] args, TextWriter output, TimeProvider time) =>
        Parse(args, time).InvokeAsync(new()
        {
            Output = output,
            // The program itself explains exceptions, and the host of a server handles signals.
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });

    /// <exception cref="StartException">An argument is not valid.</exception>
    public static ParseResult Parse(string[] args, TimeProvider time)
    {
        var root = Root(time);
        var own = root.Options.Concat(root.Subcommands.SelectMany(static command => command.Options))
            .SelectMany(static option => option.Aliases.Append(option.Name))
            .Concat(root.Subcommands.Select(static command => command.Name)).ToHashSet();
        // All forms and repetitions of a setting are one option, and its last value counts.
        Dictionary<string, SettingOption> settings = new(StringComparer.OrdinalIgnoreCase);
        List<string> words = [];
        foreach (var arg in args)
        {
            // The library gives these its own meanings.
            if (arg == "--" || (words.Count == 0 && arg.StartsWith('[')))
            {
                throw NoOption(args, arg);
            }

            if (SettingOption.Read(arg) is not { } setting || own.Contains(setting.Name))
            {
                words.Add(arg);
                continue;
            }

            SettingOption option = new(setting.Name);
            if (settings.TryAdd(option.Key, option))
            {
                root.Options.Add(option);
            }

            words.Add(settings[option.Key].Name);
            words.AddRange(setting.Value is { } value ? [value] : Array.Empty<string>());
        }

        var result = root.Parse(words, s_parser);
        if (result.GetResult(root.Options.OfType<HelpOption>().Single()) is not { Implicit: false })
        {
            Check(args, result, settings.Values);
        }

        return result;
    }

    private static RootCommand Root(TimeProvider time)
    {
        RootCommand root = new(Help.Purpose)
        {
            new NewApiKeyCommand(time), new ListApiKeysCommand(), new RevokeApiKeyCommand(), new ReleaseHoldCommand(),
            new PublisherRoleCommand(),
        };
        root.Directives.Clear();
        root.TreatUnmatchedTokensAsErrors = false;
        root.Options.OfType<HelpOption>().Single().Action = new HelpAction();
        root.SetAction(static async (result, _) =>
        {
            await using var server = await ServerHost.BuildAsync(SettingOption.AllOf(result));
            await server.RunAsync();
            return 0;
        });
        return root;
    }

    /// <summary>
    /// Checks the arguments. The library would report faults in its own words, and repeat text that may be part of a password.
    /// </summary>
    private static void Check(string[] args, ParseResult result, IEnumerable<SettingOption> settings)
    {
        var command = result.CommandResult.Command as ServerCommand;
        foreach (var setting in settings)
        {
            var given = result.GetResult(setting);
            if (!setting.IsKnown)
            {
                throw new StartException(Unknown(setting.Name, command, result));
            }

            if (given is null || given.IdentifierTokenCount > given.Tokens.Count)
            {
                throw new StartException($"{setting.Shown} has no value. Write {setting.Shown}=VALUE.");
            }
        }

        if (command?.Usage is { } usage && (result.Errors.Count > 0 || result.UnmatchedTokens.Count > 0))
        {
            throw new StartException(usage);
        }

        if (result.UnmatchedTokens is [var word, ..])
        {
            throw word.StartsWith("--", StringComparison.Ordinal)
                ? new StartException(Unknown(word.Split('=')[0], command, result)) : NoOption(args, word);
        }

        if (result.Errors is [var error, ..])
        {
            throw new StartException(error.Message);
        }
    }

    /// <summary>The word is not repeated, because it may be part of a password that contains a blank or a ';'.</summary>
    private static StartException NoOption(string[] args, string word) =>
        new($"What stands in place {Array.IndexOf(args, word) + 1} of the command line is no option. {Form}");

    private static string Unknown(string name, ServerCommand? command, ParseResult result)
    {
        var known = KnownSettings.Names.Select(static setting => $"--{setting}")
            .Concat(result.RootCommandResult.Command.Subcommands.Select(static verb => verb.Name))
            .Concat(
                (command ?? result.RootCommandResult.Command).Options.Where(static option => option is not SettingOption)
                    .Select(static option => option.Name));
        var shown = SettingOption.Show(name);
        return $"{shown} is no option.{Spelling.Advice(shown.Replace("__", ":", StringComparison.Ordinal), known)} "
            + $"{command?.Usage ?? "--help lists the options."}";
    }
}
