using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace TasksBus.Tool.Commands;

/// <summary>The text of <c>--help</c>, made from the commands themselves.</summary>
internal static class HelpText
{
    private const int Indent = 2;
    private const int WidestName = 32;

    /// <summary>The help of a command, in lines of at most so many columns.</summary>
    public static string Of(Command command, int width)
    {
        StringBuilder text = new();
        Wrap(text, command.Description!, 0, width);
        text.Append("\nUsage: ").Append(UsageOf(command)).Append('\n');
        Section(text, "Arguments", command.Arguments.Select(static argument => (NameOf(argument), argument.Description)), width);
        Section(text, "Commands", command.Subcommands.Where(static child => !child.Hidden)
            .Select(static child => (child.Name, (string?)FirstSentence(child.Description!))), width);
        var options = command.Options.Where(static option => !option.Hidden && option is not (HelpOption or VersionOption)).ToList();
        if (command is RootCommand)
        {
            Section(text, "Options of every command", OptionsOf(options), width);
            Section(text, "Exit codes", ExitCodes, width);
        }
        else
        {
            Section(text, "Options", OptionsOf(options), width);
        }

        if (command is IWithExamples { Examples: { Count: > 0 } examples })
        {
            text.Append("\nExamples:\n");
            foreach (var example in examples)
            {
                text.Append(' ', Indent).Append(example.Line).Append('\n');
                Wrap(text, example.Effect, 2 * Indent + 2, width);
            }
        }

        Wrap(
            text.Append('\n'),
            command is RootCommand ? "'tasksbus COMMAND --help' explains a command, and --version shows the version."
                : "The options --server, --key and --profile say which server: see 'tasksbus --help'.", 0, width);
        return text.ToString();
    }

    /// <summary>The list of exit codes.</summary>
    private static IEnumerable<(string Name, string? Text)> ExitCodes =>
    [
        ("0", "done; of 'wait': the task is complete"),
        ("1", "a fault of the server, or of the program"),
        ("2", "the command line, or what was sent, breaks a rule"),
        ("3", "the task failed"),
        ("4", "the task was canceled"),
        ("5", "the task has not ended in time"),
        ("6", "there is no such task, function, schedule or profile"),
        ("7", "the key is missing, unknown or expired, or lacks a permission"),
        ("8", "no answer came"),
        ("9", "'doctor' found something that has failed"),
        ("130, 143", "ended by Ctrl-C, or by SIGTERM"),
    ];

    private static string FirstSentence(string text) => text.Split(". ")[0].TrimEnd('.');

    private static IEnumerable<(string Name, string? Text)> OptionsOf(IEnumerable<Option> options) => options.Select(static option =>
        (string.Join(", ", option.Aliases.Append(option.Name).OrderBy(static name => name.Length))
            + (option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? "VALUE"}"), option.Description));

    private static string UsageOf(Command command)
    {
        List<string> words = [];
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            words.Insert(0, symbol is RootCommand ? Tool.Name : symbol.Name);
        }

        words.AddRange(command.Arguments.Select(NameOf));
        if (command.Subcommands.Count > 0)
        {
            words.Add("COMMAND");
        }

        words.Add("[options]");
        return string.Join(' ', words);
    }

    private static string NameOf(Argument argument) =>
        (argument.Arity.MinimumNumberOfValues, argument.Arity.MaximumNumberOfValues) switch
        {
            (0, 1) => $"[{argument.Name}]",
            (0, _) => $"[{argument.Name}...]",
            (_, 1) => argument.Name,
            _ => $"{argument.Name}...",
        };

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string? Text)> entries, int width)
    {
        (string Name, string? Text)[] all = [.. entries];
        if (all.Length == 0)
        {
            return;
        }

        var column = Math.Min(all.Max(static entry => entry.Name.Length), WidestName) + 2 * Indent;
        text.Append($"\n{title}:\n");
        foreach (var (name, description) in all)
        {
            text.Append(' ', Indent).Append(name);
            var used = Indent + name.Length;
            if (used > column - Indent)
            {
                text.Append('\n');
                used = 0;
            }

            Wrap(text, description ?? "", column, width, used);
        }
    }

    /// <summary>Appends words, in lines that begin at a column.</summary>
    /// <param name="used">How much of the first line stands there already.</param>
    private static void Wrap(StringBuilder text, string words, int column, int width, int used = 0)
    {
        text.Append(' ', Math.Max(column - used, 0));
        var position = column;
        foreach (var word in words.Split(' '))
        {
            if (position > column && position + 1 + word.Length > width)
            {
                text.Append('\n').Append(' ', column);
                position = column;
            }

            text.Append(position == column ? "" : " ").Append(word);
            position += (position == column ? 0 : 1) + word.Length;
        }

        text.Append('\n');
    }
}
