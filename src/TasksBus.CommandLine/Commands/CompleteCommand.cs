using System.CommandLine;
using System.CommandLine.Completions;

namespace TasksBus.Tool.Commands;

/// <summary><c>complete LINE</c>: the words that may stand at the end of a line. The scripts of <c>completion</c> call it.</summary>
internal sealed class CompleteCommand : ToolCommand
{
    private readonly Argument<string> _line = new("LINE") { Description = "the line up to the cursor, with the name of the program" };
    private readonly Option<bool> _describe = new("--describe") { Description = "write what each means behind a tab" };

    public CompleteCommand(Stage stage)
        : base("complete", "Writes the words that may stand at the end of a line.", stage)
    {
        Hidden = true;
        Arguments.Add(_line);
        Options.Add(_describe);
    }

    public override IReadOnlyList<Example> Examples { get; } = [];

    /// <summary>The words that may stand at the end of a line.</summary>
    public static IEnumerable<CompletionItem> WordsFor(string line, RootCommand root)
    {
        // The name of the program may be a path, and the library expects its own.
        var rest = line.TrimStart();
        var end = rest.IndexOf(' ', StringComparison.Ordinal);
        var words = end < 0 ? "" : rest[(end + 1)..];
        var last = words.Split(' ')[^1];
        // Options are shown once the word begins like one.
        return root.Parse(words).GetCompletions(words.Length)
            .Where(item => item.Label.StartsWith(last, StringComparison.Ordinal) && (last.Length > 0 || !item.Label.StartsWith('-')))
            .Where(static item => item.Label[0] is not '/' && item.Label is not ("-?" or "-h"))
            .DistinctBy(static item => item.Label).OrderBy(static item => item.Label, StringComparer.Ordinal);
    }

    protected override Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        foreach (var item in WordsFor(arguments.GetRequiredValue(_line), Tool.Root(session.Around)))
        {
            session.Screen.Row(arguments.GetValue(_describe) && item.Detail is { } detail ? [item.Label, detail] : [item.Label]);
        }

        return Task.FromResult(ExitCode.Ok);
    }
}
