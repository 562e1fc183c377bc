using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>doctor</c>: what is wrong, and how to mend it.</summary>
internal sealed class DoctorCommand : ToolCommand
{
    private static readonly Column[] s_columns = [new("STATE", ColumnKind.Status), new("CHECK"), new("TEXT"), new("MEND")];

    private readonly Option<bool> _json = JsonOption.Of("""write {"checks":[{"name","state","text","mend"}]}""");

    public DoctorCommand(Stage stage)
        : base(
            "doctor",
            "Says what is wrong and how to mend it: from here to the server, and within the server. The exit code is 9 when a check has "
            + "failed. Warnings leave it 0.", stage) => Options.Add(_json);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus doctor", "checks the connection, the key, the clocks and the server"),
        new("tasksbus doctor --json | jq '.checks[] | select(.state != \"ok\")'", "reads what is not well in a script"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var checks = await new Examination(session).RunAsync(cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(JsonSerializer.SerializeToElement(new Examined([.. checks]), ExaminedJson.Default.Examined));
        }
        else if (session.Screen.IsTerminal)
        {
            Show(checks, session.Screen);
        }
        else
        {
            session.Screen.Table(s_columns, checks.Select(static check => new[] { check.State, check.Name, check.Text, check.Mend }));
        }

        return checks.Any(static check => check.State == Finding.Failed) ? ExitCode.Unhealthy : ExitCode.Ok;
    }

    /// <summary>Texts are not cut here, because each is read as a whole.</summary>
    private static void Show(IReadOnlyList<Finding> checks, Screen screen)
    {
        Table table = new() { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumns(
            new TableColumn("") { NoWrap = true, Padding = new(0, 0, TableLayout.Gap, 0) },
            new TableColumn("") { NoWrap = true, Padding = new(0, 0, TableLayout.Gap, 0) },
            new TableColumn("") { Padding = new(0, 0, 0, 0) });
        foreach (var check in checks)
        {
            table.AddRow(
                new Text(check.State, Screen.StyleOf(check.State)), new Text(SafeText.Of(check.Name)),
                new Text(SafeText.Of(check.Mend is null ? check.Text : $"{check.Text}\n{check.Mend}", keepLines: true)));
        }

        screen.Console.Write(table);
    }
}
