using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>watch</c>: shows a task, or the whole system, as it changes.</summary>
internal sealed class WatchCommand : ToolCommand
{
    private static readonly TimeSpan s_defaultInterval = TimeSpan.FromSeconds(2);

    private static readonly Column[] s_totals =
    [
        new("TIME", ColumnKind.Time), new("RUNNING", ColumnKind.Number), new("DUE", ColumnKind.Number), new("LATER", ColumnKind.Number),
        new("WORKERS", ColumnKind.Number), new("SLOTS", ColumnKind.Number), new("EVENTS", ColumnKind.Number),
        new("OLDEST", ColumnKind.Time),
    ];

    private readonly Argument<string?> _id = new("ID")
    {
        Description = "the id of a task; without it, the whole system is watched",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _interval = new("--interval")
    {
        Description = $"the time between two looks, {TimeArgument.SpanForm}; 2s unless it is said",
        HelpName = "SPAN",
    };

    private readonly Option<int> _count = new("--count") { Description = "end after so many looks at the system", HelpName = "N" };
    private readonly Option<bool> _json = JsonOption.Of("write each look as the server's answer, a line each");

    public WatchCommand(Stage stage)
        : base(
            "watch",
            "Shows a task, or the whole system, as it changes. Of a task each change is a line, until the end; the exit code is that of "
            + "'tasksbus wait'. The whole system is drawn anew on a terminal, and a line of totals on a pipe, until Ctrl-C.", stage)
    {
        Arguments.Add(_id);
        Options.Add(_interval);
        Options.Add(_count);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus watch", "shows the pools and the workers, live"),
        new("tasksbus watch 507f1f77bcf86cd799439011", "says what a task waits for, when it starts and how it ends"),
    ];

    protected override bool ChangesNothing => true;

    protected override Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var interval = TimeArgument.ReadSpan(arguments.GetValue(_interval), _interval.Name) ?? s_defaultInterval;
        var isJson = arguments.GetValue(_json);
        return arguments.GetValue(_id) is { } id
            ? WatchTaskAsync(Ids.Parse(id, "").ToString(), interval, isJson, session, cancellationToken)
            : WatchSystemAsync(arguments.GetValue(_count), interval, isJson, session, cancellationToken);
    }

    private static async Task<int> WatchTaskAsync(
        string id, TimeSpan interval, bool isJson, Session session, CancellationToken cancellationToken)
    {
        for (var shown = ""; ;)
        {
            // Why it waits is looked for first. So a task that starts meanwhile is shown as started.
            var state = await session.Calls.GetAsync($"{id}/state", cancellationToken);
            var task = await session.Calls.GetAsync(id, cancellationToken);
            var status = task.TextAt("status") ?? "";
            var reason = status == TaskStates.New ? state.TextAt("wait.reason") : null;
            if (shown != $"{id} {status} {reason}")
            {
                shown = $"{id} {status} {reason}";
                Show(id, task, reason is null ? null : $"{reason}: {state.TextAt("wait.message")}", isJson, session);
            }

            if (task.TextAt("retriedByTaskId") is { } successor)
            {
                id = successor;
            }
            else if (TaskStates.IsFinal(status))
            {
                return ExitCode.OfStatus(status);
            }
            else
            {
                await Task.Delay(interval, session.Around.Time, cancellationToken);
            }
        }
    }

    private static void Show(string id, JsonElement task, string? why, bool isJson, Session session)
    {
        if (isJson)
        {
            session.Screen.Json(task);
            return;
        }

        why ??= task.TextAt("error.name") is { } name ? $"{name}: {task.TextAt("error.message")}" : "";
        session.Screen.Row(task.TextAt("statusChangedTimestamp") ?? "", id, task.TextAt("status") ?? "", why);
    }

    private static async Task<int> WatchSystemAsync(
        int count, TimeSpan interval, bool isJson, Session session, CancellationToken cancellationToken)
    {
        var status = await session.Calls.GetAsync("status", cancellationToken);
        if (!session.Screen.IsTerminal || isJson || !session.Around.HasAnsi)
        {
            await LookAsync(Write);
            return ExitCode.Ok;
        }

        await session.Screen.Console.Live(StatusView.Live(status, session.Screen)).StartAsync(
            live => LookAsync(look => live.UpdateTarget(StatusView.Live(look, session.Screen))));
        return ExitCode.Ok;

        async Task LookAsync(Action<JsonElement> show)
        {
            for (var looks = 1; ; looks++)
            {
                show(status);
                if (looks == count)
                {
                    return;
                }

                await Task.Delay(interval, session.Around.Time, cancellationToken);
                status = await session.Calls.GetAsync("status", cancellationToken);
            }
        }

        void Write(JsonElement look)
        {
            if (isJson)
            {
                session.Screen.Json(look);
            }
            else
            {
                session.Screen.Table(s_totals, [StatusView.Totals(look)]);
            }
        }
    }
}
