using System.CommandLine;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>status</c>: how the whole system stands.</summary>
internal sealed class StatusCommand : ToolCommand
{
    private readonly Option<bool> _json = JsonOption.Of("write the server's answer");

    public StatusCommand(Stage stage)
        : base("status", "Shows how the system stands: what waits in each pool, what runs, and the workers.", stage) =>
        Options.Add(_json);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus status", "shows pools and workers"),
        new("tasksbus status --json | jq '.pools[].due'", "reads what is due in a script"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var status = await session.Calls.GetAsync("status", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(status);
        }
        else
        {
            StatusView.Write(status, session.Screen);
        }

        return ExitCode.Ok;
    }
}
