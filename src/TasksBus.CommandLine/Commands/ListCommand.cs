using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>list</c>: finds tasks.</summary>
internal sealed class ListCommand : ToolCommand
{
    private static readonly Column[] s_columns =
    [
        new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("FUNCTION"), new("START", ColumnKind.Time),
        new("PRIORITY", ColumnKind.Number), new("TAGS"), new("ERROR"),
    ];

    private readonly TaskFilter _filter = new();

    private readonly Option<string?> _sort = new("--sort")
    {
        Description = "the order, such as -priority; the newest first unless it is said",
        HelpName = "PROPERTY",
    };

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = $"how many, at most {WholeList.MostAtOnce}; 20 unless it is said",
        HelpName = "N",
        DefaultValueFactory = static _ => 20,
    };

    private readonly Option<long> _offset = new("--offset") { Description = "how many to leave out before", HelpName = "N" };

    private readonly Option<bool> _all = new("--all", "-a")
    {
        Description = "all of them, page by page; with --sort, tasks that leave the list meanwhile can make it leave out others",
    };

    private readonly Option<bool> _json = JsonOption.Of("write the server's answer; with --all a line for each task");

    public ListCommand(Stage stage)
        : base("list", "Lists tasks, the newest first.", stage)
    {
        foreach (var option in (Option[])[.. _filter.Options, _sort, _limit, _offset, _all, _json])
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus list --status failed --since 1h", "shows what failed of the last hour's tasks"),
        new("tasksbus list --function resize --rql 'data.n>5' --sort -priority", "filters by the input, and sorts"),
        new("tasksbus list --status failed --all | tasksbus rerun -", "runs all that failed again"),
        new("tasksbus list --json | jq -r '.data[].id'", "reads the answer in a script"),
    ];

    protected override bool ChangesNothing => true;

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var terms = _filter.Read(arguments, session.Around.Time);
        if (arguments.GetValue(_sort) is { Length: > 0 } sort)
        {
            terms.Add($"sort({sort})");
        }

        var isJson = arguments.GetValue(_json);
        if (arguments.GetValue(_all))
        {
            await WriteAllAsync(new(session.Calls, terms), isJson, session, cancellationToken);
            return ExitCode.Ok;
        }

        terms.Add(string.Create(
            CultureInfo.InvariantCulture, $"limit({arguments.GetValue(_limit)},{arguments.GetValue(_offset)})"));
        var page = await session.Calls.GetAsync($"?{string.Join('&', terms)}", cancellationToken);
        if (isJson)
        {
            session.Screen.Json(page);
            return ExitCode.Ok;
        }

        var tasks = page.ItemsAt("data").ToList();
        session.Screen.Table(s_columns, tasks.Select(RowOf));
        if (session.Screen.IsTerminal)
        {
            session.Screen.Note(Summary(tasks.Count, page.NumberAt("page.offset"), page.NumberAt("page.total")));
        }

        return ExitCode.Ok;
    }

    private static async Task WriteAllAsync(WholeList list, bool isJson, Session session, CancellationToken cancellationToken)
    {
        await foreach (var tasks in list.PagesAsync(cancellationToken))
        {
            if (isJson)
            {
                foreach (var task in tasks)
                {
                    session.Screen.Json(task);
                }
            }
            else
            {
                session.Screen.Table(s_columns, tasks.Select(RowOf));
            }
        }
    }

    private static string?[] RowOf(JsonElement task) =>
    [
        task.TextAt("id"), task.TextAt("status"), task.TextAt("functionName"), task.TextAt("startTimestamp"), task.TextAt("priority"),
        task.TextAt("tags"), task.TextAt("error.name") is { } name ? $"{name}: {task.TextAt("error.message")}" : null,
    ];

    private static string Summary(int shown, long offset, long total) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(total == 0 ? "No task" : shown == 0 ? "No more tasks" : $"{offset + 1:N0} to {offset + shown:N0}")} of {total:N0}."
            + $"{(offset + shown < total && shown > 0 ? $" --offset {offset + shown} shows the next, --all shows all." : "")}");
}
