using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>logs</c>: writes what the function of a task printed.</summary>
internal sealed class LogsCommand : ToolCommand
{
    private const int LinesAtOnce = 100;

    /// <summary>How long a server is asked to wait in one request.</summary>
    private const int WaitSeconds = 30;

    private readonly Argument<string> _id = new("ID") { Description = "the id of the task" };

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "wait for the end first, and go on with each task that retries it",
    };

    private readonly Option<bool> _times = new("--times") { Description = "write the time of each line before it" };
    private readonly Option<bool> _json = JsonOption.Of("write each line as the server does: message and timestamp");

    public LogsCommand(Stage stage)
        : base(
            "logs",
            "Writes what the function of a task printed. The server stores it when the function ends: the last 4 KB.", stage)
    {
        Arguments.Add(_id);
        Options.Add(_follow);
        Options.Add(_times);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus logs 507f1f77bcf86cd799439011", "writes the log of a task that has ended"),
        new("tasksbus logs 507f1f77bcf86cd799439011 --follow --times", "waits for it, through all retries"),
    ];

    protected override bool ChangesNothing => true;

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = Ids.Parse(arguments.GetRequiredValue(_id), "").ToString();
        if (!arguments.GetValue(_follow))
        {
            return await WriteAsync(id, arguments, session, cancellationToken);
        }

        for (string? next = id; next is not null;)
        {
            var task = await session.Calls.GetAsync($"{next}/end?wait={WaitSeconds}s", cancellationToken);
            if (!TaskStates.IsFinal(task.TextAt("status") ?? ""))
            {
                // A server that stops answers before the time is over.
                await Task.Delay(TimeSpan.FromSeconds(1), session.Around.Time, cancellationToken);
                continue;
            }

            // A task that was canceled never ran, so it has no log.
            if (task.TextAt("status") != TaskStates.Canceled)
            {
                await WriteAsync(next, arguments, session, cancellationToken);
            }

            next = task.TextAt("retriedByTaskId");
        }

        return ExitCode.Ok;
    }

    private async Task<int> WriteAsync(string id, ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        for (var offset = 0; ; offset += LinesAtOnce)
        {
            var answer = await session.Calls.TryAsync(
                HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"tasks/v1/{id}/logs?limit({LinesAtOnce},{offset})"), null,
                cancellationToken);
            var page = answer.TryRead();
            if (page is { } error && error.NumberAt("code") is var code && code != 0)
            {
                return code == ErrorCode.NoTaskLogsFound.Code ? Empty(session)
                    : code == ErrorCode.IllegalState.Code
                        ? throw ToolException.Usage($"{error.TextAt("message")} --follow waits for the end.")
                    : throw session.Calls.Refused(answer);
            }

            var lines = (page ?? throw session.Calls.Refused(answer)).ItemsAt("data").ToList();
            lines.ForEach(line => Write(line, arguments, session));
            if (lines.Count < LinesAtOnce)
            {
                return ExitCode.Ok;
            }
        }
    }

    private static int Empty(Session session)
    {
        session.Screen.Note("The function printed nothing.");
        return ExitCode.Ok;
    }

    private void Write(JsonElement line, ParseResult arguments, Session session)
    {
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(line);
        }
        else
        {
            session.Screen.Raw(
                arguments.GetValue(_times) ? $"{line.TextAt("timestamp")} {line.TextAt("message")}" : line.TextAt("message") ?? "");
        }
    }
}
