using System.CommandLine;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>rerun</c>: schedules tasks like others.</summary>
internal sealed class RerunCommand : ToolCommand
{
    private static readonly TimeSpan s_retryFor = TimeSpan.FromSeconds(30);
    private static readonly Column[] s_columns = [new("NEW ID", ColumnKind.Whole), new("RERUNS", ColumnKind.Whole)];

    private readonly Argument<string[]> _ids = Ids.Argument();

    private readonly Option<bool> _wait = new("--wait", "-w")
    {
        Description = "wait for the ends of the new tasks, as 'tasksbus wait' does",
    };

    private readonly Option<string?> _timeout = WaitCommand.TimeoutOption();
    private readonly Option<bool> _json = JsonOption.Of("""write {"id":"...","reruns":"..."}, a line each""");

    public RerunCommand(Stage stage)
        : base(
            "rerun",
            "Schedules a task like an existing one, to start now, whatever its status is. It writes the id of the new task, then that of "
            + "the other.", stage)
    {
        Arguments.Add(_ids);
        Options.Add(_wait);
        Options.Add(_timeout);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus rerun 507f1f77bcf86cd799439011 --wait", "runs a task again, and waits for the end"),
        new("tasksbus list --status failed --function resize --since 1d --all | tasksbus rerun -", "runs again what failed in a day"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var timeout = TimeArgument.ReadSpan(arguments.GetValue(_timeout), _timeout.Name);
        var ids = await Ids.ReadAsync(arguments.GetRequiredValue(_ids), session.Around, cancellationToken);
        var client = session.Client(s_retryFor);
        var attempts = await EachTask.DoAsync(ids, "rerunning", session, client.RerunAsync, cancellationToken);
        var made = attempts.Where(static attempt => attempt.IsDone).ToList();
        var code = Attempt<TaskId>.Conclude(attempts, session, cancellationToken);
        if (arguments.GetValue(_wait) && code == ExitCode.Ok)
        {
            return await WaitCommand.WaitAsync(
                [.. made.Select(static attempt => attempt.Value)], timeout, arguments.GetValue(_json), session, cancellationToken);
        }

        if (arguments.GetValue(_json))
        {
            made.ForEach(attempt => session.Screen.Line($$"""{"id":"{{attempt.Value}}","reruns":"{{attempt.Id}}"}"""));
        }
        else if (made.Count > 0)
        {
            session.Screen.Table(s_columns, made.Select(static attempt => new[] { attempt.Value.ToString(), attempt.Id.ToString() }));
        }

        return code;
    }
}
