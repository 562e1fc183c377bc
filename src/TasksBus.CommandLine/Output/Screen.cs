using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace TasksBus.Tool.Output;

/// <summary>
/// What the program writes: for people on a terminal, for programs on a pipe. Everything that comes from a server goes through
/// <see cref="SafeText"/> and is never read as markup.
/// </summary>
internal sealed partial class Screen(Surroundings around)
{
    private static readonly JsonWriterOptions s_indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> _secrets = [];
    private IAnsiConsole? _console;

    /// <summary>True when a person reads the output.</summary>
    public bool IsTerminal => around.IsOutputTerminal;

    /// <summary>True when a person reads what is written beside the output.</summary>
    public bool ShowsProgress => around is { IsErrorTerminal: true, HasAnsi: true };

    public IAnsiConsole Console => _console ??= ConsoleOn(around.Output, around.IsOutputTerminal);

    /// <summary>Where progress is shown, so that the output stays clean.</summary>
    public IAnsiConsole Beside => ConsoleOn(around.Error, around.IsErrorTerminal);

    /// <summary>Shows beside the output how much of some work is done, and is gone when it ends.</summary>
    public Progress ProgressBar() => Beside.Progress().AutoClear(true).Columns(
        new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());

    /// <summary>The style of heads and names.</summary>
    public Style Bold => around.HasColors ? new(decoration: Decoration.Bold) : Style.Plain;

    /// <summary>Remembers a text that no message may show.</summary>
    public void Hide(string secret) => _secrets.Add(secret);

    /// <summary>Writes a line to the output.</summary>
    public void Line(string text) => around.Output.WriteLine(Clean(SafeText.Of(text, keepLines: true)));

    /// <summary>Writes values in a line of their own.</summary>
    public void Row(params IEnumerable<string> cells) =>
        around.Output.WriteLine(string.Join(IsTerminal ? "  " : "\t", cells.Select(static cell => SafeText.Of(cell))));

    /// <summary>Writes text to the output as a function wrote it. A terminal gets it without control characters.</summary>
    public void Raw(string text) => around.Output.WriteLine(IsTerminal ? SafeText.Of(text, keepLines: true) : text);

    /// <summary>Writes a line beside the output.</summary>
    public void Note(string text) =>
        around.Error.WriteLine(KeyIn().Replace(Clean(SafeText.Of(text, keepLines: true)), "(secret)"));

    /// <summary>Says what is wrong.</summary>
    public void Fail(string text) => Note($"tasksbus: {text}");

    /// <summary>Warns of something that does not stop the command.</summary>
    public void Warn(string text) => Note($"tasksbus: warning: {text}");

    /// <summary>Writes a JSON document in one line, as the server wrote it.</summary>
    public void Json(JsonElement json) => Raw(json.GetRawText());

    /// <summary>The JSON as people read it.</summary>
    public static string Indented(JsonElement json)
    {
        using MemoryStream text = new();
        try
        {
            using Utf8JsonWriter writer = new(text, s_indented);
            json.WriteTo(writer);
        }
        catch (InvalidOperationException)
        {
            // A text has half of a surrogate pair, which JSON can hold and no writer writes.
            return json.GetRawText();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Writes a table: with a head on a terminal, and as lines of values with tabs between on a pipe.</summary>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<string?[]> rows)
    {
        if (!IsTerminal)
        {
            foreach (var row in rows)
            {
                Row(row.Select(static cell => cell ?? ""));
            }

            return;
        }

        Console.Write(TableOf(columns, [.. rows]));
    }

    /// <summary>The table as a terminal shows it.</summary>
    public Table TableOf(IReadOnlyList<Column> columns, IReadOnlyList<string?[]> rows)
    {
        string[][] shown = [.. rows.Select(row => row.Select((cell, i) => Shown(columns[i], SafeText.Of(cell ?? ""))).ToArray())];
        var widths = TableLayout.Fit(columns, shown, around.Width);
        Table table = new() { Border = TableBorder.None };
        for (var i = 0; i < widths.Length; i++)
        {
            TableColumn column = new(new Text(TableLayout.Cut(columns[i].Title, widths[i]), Bold))
            {
                Padding = new(0, 0, i == widths.Length - 1 ? 0 : TableLayout.Gap, 0),
                NoWrap = true,
                Alignment = columns[i].Kind == ColumnKind.Number ? Justify.Right : Justify.Left,
            };
            table.AddColumn(column);
        }

        foreach (var row in shown)
        {
            table.AddRow(widths.Select((width, i) =>
                new Text(TableLayout.Cut(row[i], width), columns[i].Kind == ColumnKind.Status ? StyleOf(row[i]) : Style.Plain)));
        }

        return table;
    }

    /// <summary>Writes names with their values, a line each. Values of several lines are indented on a terminal.</summary>
    public void Pairs(IEnumerable<(string Name, string? Value)> pairs)
    {
        (string Name, string Value)[] given =
            [.. pairs.Where(static pair => pair.Value is not null).Select(static pair => (pair.Name, pair.Value!))];
        var width = given.Select(static pair => pair.Name.Length).DefaultIfEmpty(0).Max() + TableLayout.Gap;
        foreach (var (name, value) in given)
        {
            if (!IsTerminal)
            {
                Row(name, value);
                continue;
            }

            var lines = SafeText.Of(value, keepLines: true).Split('\n');
            Console.Write(new Text(name.PadRight(width), Bold));
            Console.Write(new Text(lines[0], name == "status" ? StyleOf(lines[0]) : Style.Plain));
            around.Output.WriteLine(string.Concat(lines.Skip(1).Select(line => $"\n{new string(' ', width)}{line}")));
        }
    }

    private static string Shown(Column column, string value) =>
        column.Kind == ColumnKind.Time && value is [.., '.', _, _, _, 'Z'] ? $"{value[..^5]}Z" : value;

    /// <summary>The style of the status of a task, or of the state of a check.</summary>
    public static Style StyleOf(string status) => status switch
    {
        "complete" or "ok" or "enabled" => new Style(Color.Green),
        "failed" or "disabled" => new Style(Color.Red),
        "inProgress" => new Style(Color.Blue),
        "retried" or "warning" or "paused" => new Style(Color.Yellow),
        "canceled" => new Style(Color.Grey),
        _ => Style.Plain,
    };

    private IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal)
    {
        var hasAnsi = isTerminal && around.HasAnsi;
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = hasAnsi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasAnsi && around.HasColors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = hasAnsi ? InteractionSupport.Yes : InteractionSupport.No,
            Enrichment = new() { UseDefaultEnrichers = false },
        });
        console.Profile.Width = around.Width;
        return console;
    }

    private string Clean(string text) =>
        _secrets.Aggregate(text, static (cleaned, secret) => cleaned.Replace(secret, "(secret)", StringComparison.Ordinal));

    /// <summary>An API key that somebody wrote in the wrong place, such as instead of an id.</summary>
    [GeneratedRegex("tbk_[A-Za-z0-9_-]{8,}")]
    private static partial Regex KeyIn();
}
