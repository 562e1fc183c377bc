using System.CommandLine;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>backlog</c>: what waits for a worker, and what runs.</summary>
internal sealed class BacklogCommand : ToolCommand
{
    private static readonly Column[] s_columns =
    [
        new("FUNCTION"), new("POOL"), new("PRIORITY", ColumnKind.Number), new("DUE", ColumnKind.Number), new("RUNNING", ColumnKind.Number),
        new("OLDEST DUE", ColumnKind.Time),
    ];

    private readonly Option<bool> _json = JsonOption.Of("write the server's answer");

    public BacklogCommand(Stage stage)
        : base("backlog", "Shows what waits for a worker, and what runs, by function and priority.", stage) => Options.Add(_json);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus backlog", "shows the largest groups first"),
        new("tasksbus backlog --json | jq '.groups[0].functionName'", "reads in a script what waits most"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var backlog = await session.Calls.GetAsync("backlog", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(backlog);
            return ExitCode.Ok;
        }

        session.Screen.Table(s_columns, backlog.ItemsAt("groups").Select(static group => new[]
        {
            group.TextAt("functionName"), group.TextAt("pool"), group.TextAt("priority"), group.TextAt("due"), group.TextAt("running"),
            group.TextAt("oldestDueTimestamp"),
        }));
        return ExitCode.Ok;
    }
}
