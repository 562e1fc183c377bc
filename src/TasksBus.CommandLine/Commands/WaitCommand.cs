using System.CommandLine;
using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>wait</c>: waits for the ends of tasks.</summary>
internal sealed class WaitCommand : ToolCommand
{
    private static readonly Column[] s_columns =
        [new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("FUNCTION"), new("ERROR")];

    private readonly Argument<string[]> _ids = Ids.Argument();
    private readonly Option<string?> _timeout = TimeoutOption();
    private readonly Option<bool> _json = JsonOption.Of("write each task as the server does, a line when it has ended");

    public WaitCommand(Stage stage)
        : base(
            "wait",
            "Waits until tasks have ended. The exit code is 0 when all are complete, 3 when one failed, else 4 when one was canceled, and "
            + "5 when the time is over; 6 goes before these when one is unknown. A task that is retried has ended when the last task that "
            + "retries it has.", stage)
    {
        Arguments.Add(_ids);
        Options.Add(_timeout);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus wait 507f1f77bcf86cd799439011 --timeout 10m", "waits ten minutes at most"),
        new("tasksbus schedule resize --lines photos.jsonl | tasksbus wait -", "waits for all tasks that it reads"),
    ];

    protected override bool ChangesNothing => true;

    public static Option<string?> TimeoutOption() => new("--timeout")
    {
        Description = $"how long to wait, {TimeArgument.SpanForm}; without it, until the end",
        HelpName = "SPAN",
    };

    /// <summary>Waits for tasks and writes how they ended.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> WaitAsync(
        IReadOnlyList<TaskId> ids, TimeSpan? timeout, bool isJson, Session session, CancellationToken cancellationToken)
    {
        // Two tasks may have been retried by the same one.
        HashSet<TaskId> written = [];
        var ends = await new TaskEnds(session, timeout).OfAsync(ids, end =>
        {
            if (isJson && end.Task is { } task && written.Add(end.Id))
            {
                session.Screen.Json(task);
            }
        }, cancellationToken);
        if (!isJson)
        {
            session.Screen.Table(s_columns, ends.Select(RowOf));
            ShowResult(ends, session);
        }
        else if (ends.Where(static end => end.IsTimedOut).ToList() is [var late, ..] all)
        {
            session.Screen.Fail(all.Count == 1 ? $"The task {late.Id} has not ended in time."
                : string.Create(CultureInfo.InvariantCulture, $"{all.Count:N0} tasks have not ended in time, such as {late.Id}."));
        }

        foreach (var refusal in ends.Select(static end => end.Refusal).OfType<ToolException>().DistinctBy(static one => one.Message))
        {
            session.Screen.Fail(refusal.Message);
        }

        return CodeOf(ends);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken) =>
        await WaitAsync(
            await Ids.ReadAsync(arguments.GetRequiredValue(_ids), session.Around, cancellationToken),
            TimeArgument.ReadSpan(arguments.GetValue(_timeout), _timeout.Name), arguments.GetValue(_json), session, cancellationToken);

    private static string?[] RowOf(TaskEnd end) =>
    [
        $"{end.Id}", end.Task is { } ended ? ended.TextAt("status") : end.IsTimedOut ? "timedOut" : "unknown",
        end.Task?.TextAt("functionName"),
        end.Refusal?.Message ?? (end.Task?.TextAt("error.name") is { } name ? $"{name}: {end.Task?.TextAt("error.message")}" : null),
    ];

    /// <summary>A person who waits for one task wants to see what it returned.</summary>
    private static void ShowResult(TaskEnd[] ends, Session session)
    {
        if (session.Screen.IsTerminal && ends is [{ Task: { } task }] && task.At("result") is { } result)
        {
            session.Screen.Line(Screen.Indented(result));
        }
    }

    private static int CodeOf(TaskEnd[] ends)
    {
        if (ends.Select(static end => end.Refusal).FirstOrDefault(static refusal => refusal is not null) is { } refused)
        {
            return refused.Code;
        }

        var codes = ends.Select(static end => end.IsTimedOut ? ExitCode.TimedOut : ExitCode.OfStatus(end.Task?.TextAt("status")))
            .Distinct().ToArray();
        return codes.Contains(ExitCode.TaskFailed) ? ExitCode.TaskFailed
            : codes.Contains(ExitCode.TaskCanceled) ? ExitCode.TaskCanceled
            : codes.Contains(ExitCode.TimedOut) ? ExitCode.TimedOut
            : ExitCode.Ok;
    }
}
