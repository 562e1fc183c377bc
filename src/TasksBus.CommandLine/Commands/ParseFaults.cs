using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace TasksBus.Tool.Commands;

/// <summary>Says what is wrong with a command line, without repeating what may be a key.</summary>
internal static partial class ParseFaults
{
    private const int MostSwaps = 3;

    /// <summary>The first fault, with what to type instead. Null when there is none.</summary>
    public static string? Of(ParseResult result)
    {
        if (result.Errors.Count == 0)
        {
            return null;
        }

        var command = result.CommandResult.Command;
        var help = $"'{PathOf(command)} --help' shows what it takes.";
        if (result.UnmatchedTokens.FirstOrDefault(static token => token.StartsWith('-') && token.Length > 1) is { } unknown)
        {
            var name = unknown.Split('=', ':')[0];
            var known = OptionsOf(result.CommandResult).SelectMany(static option => option.Aliases.Append(option.Name));
            return $"{(IsPlain(name) ? name : "What begins with '-'")} is no option of '{PathOf(command)}'."
                + $"{Advice(name, known)} {help}";
        }

        if (result.UnmatchedTokens is [var word, ..])
        {
            var what = IsPlain(word) ? $"'{word}'" : "One word";
            return command.Subcommands.Count > 0
                ? $"{what} is no command of '{PathOf(command)}'."
                    + $"{Advice(word, CommandsOf(command))} {help}"
                : $"{what} is one argument too many for '{PathOf(command)}'. {help}";
        }

        var error = result.Errors[0];
        return command.Subcommands.Count > 0 && error.SymbolResult is CommandResult
            ? $"'{PathOf(command)}' needs a command: {string.Join(", ", CommandsOf(command))}."
            : $"{Own(error, result)} {help}";
    }

    /// <summary>The words by which a command is called.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : Tool.Name;

    private static IEnumerable<string> CommandsOf(Command command) =>
        command.Subcommands.Where(static child => !child.Hidden).Select(static child => child.Name);

    /// <summary>The nearest of the known words. Empty when none is near.</summary>
    private static string Advice(string word, IEnumerable<string> known)
    {
        var (nearest, swaps) = known.Select(other => (Word: other, Swaps: Distance(word, other)))
            .OrderBy(static other => other.Swaps).FirstOrDefault();
        return nearest is not null && swaps <= Math.Min(MostSwaps, nearest.Length / 2) ? $" Did you mean {nearest}?" : "";
    }

    private static string Own(ParseError error, ParseResult result) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0 } option => $"{option.Option.Name} needs a value.",
        // The library's own text repeats the value, which another option's key may be.
        OptionResult { Option: { } option } when IsOfLibrary(error) =>
            $"{option.Name} does not take this value{Form(option.HelpName)}.",
        ArgumentResult { Tokens.Count: 0 } argument =>
            $"'{PathOf(result.CommandResult.Command)}' needs {argument.Argument.Name}.",
        ArgumentResult { Parent: OptionResult { Option: { } option } } when IsOfLibrary(error) =>
            $"{option.Name} does not take this value{Form(option.HelpName)}.",
        CommandResult when result.CommandResult.Command.Arguments.FirstOrDefault(
            static argument => argument.Arity.MinimumNumberOfValues > 0) is { } missing && IsOfLibrary(error) =>
            $"'{PathOf(result.CommandResult.Command)}' needs {missing.Name}.",
        _ => error.Message,
    };

    private static string Form(string? name) => name is null ? "" : $"; it takes {name}";

    /// <summary>Our own validators end their messages with a full stop and begin with the option.</summary>
    private static bool IsOfLibrary(ParseError error) => !error.Message.StartsWith("--", StringComparison.Ordinal);

    private static IEnumerable<Option> OptionsOf(CommandResult result) =>
        result.Command.Options.Concat(
            result.Parent is CommandResult parent ? OptionsOf(parent).Where(static option => option.Recursive) : []);

    /// <summary>True for a word that cannot be a key or a token.</summary>
    private static bool IsPlain(string word) => Plain().IsMatch(word) && !word.StartsWith("tbk_", StringComparison.Ordinal);

    /// <summary>How many letters to change, add or remove.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var before = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var changed = before + (one[i - 1] == other[j - 1] ? 0 : 1);
                before = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    [GeneratedRegex(@"\A-{0,2}[A-Za-z][A-Za-z-]{0,23}\z")]
    private static partial Regex Plain();
}
