using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>schedules</c>: what makes tasks again and again.</summary>
internal sealed class SchedulesCommand : GroupCommand
{
    private static readonly Column[] s_columns =
    [
        new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("FUNCTION"), new("EVERY"), new("NEXT", ColumnKind.Time),
    ];

    private readonly Argument<string> _id = new("ID") { Description = "the id of the schedule" };

    private readonly Option<string?> _rql = new("--rql")
    {
        Description = "a query in RQL, such as 'functionName=report'",
        HelpName = "QUERY",
    };

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = "how many, at most 50",
        HelpName = "N",
        DefaultValueFactory = static _ => 50,
    };

    private readonly Option<long> _offset = new("--offset") { Description = "how many to leave out before", HelpName = "N" };
    private readonly Option<bool> _json = JsonOption.Of("write the server's answer");

    public SchedulesCommand(Stage stage)
        : base("schedules", "Works with schedules: lists and shows them, pauses, resumes and runs them, and deletes them.")
    {
        Subcommands.Add(new PartCommand(
            "list", "Lists schedules, the newest first.", stage, [], [_rql, _limit, _offset, _json], ListAsync));
        Subcommands.Add(new PartCommand("show", "Shows a schedule.", stage, [_id], [_json], ShowAsync));
        Subcommands.Add(new PartCommand("pause", "Stops a schedule. While it is paused no tick is missed.", stage, [_id], [],
            (arguments, session, cancellationToken) =>
                ChangeAsync(HttpMethod.Post, "/pause", "paused", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand("resume", "Lets a paused schedule go on, with the first tick from now on.", stage, [_id], [],
            (arguments, session, cancellationToken) =>
                ChangeAsync(HttpMethod.Post, "/resume", "resumed", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand(
            "run", "Makes a task like those of a schedule's ticks, which starts now. It writes the id.", stage, [_id], [_json], RunAsync));
        Subcommands.Add(new PartCommand("delete", "Ends a schedule. Its tasks stay.", stage, [_id], [],
            (arguments, session, cancellationToken) =>
                ChangeAsync(HttpMethod.Delete, "", "deleted", arguments, session, cancellationToken)));
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus schedules list --rql 'paused=true'", "lists the schedules that are paused"),
        new("tasksbus schedules pause 507f1f77bcf86cd799439011", "stops a schedule until it is resumed"),
    ];

    private async Task<int> ListAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var filter = arguments.GetValue(_rql) is { Length: > 0 } rql ? $"{rql.TrimStart('?')}&" : "";
        var page = await session.Calls.GetAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"schedules?{filter}limit({arguments.GetValue(_limit)},{arguments.GetValue(_offset)})"), cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(page);
            return ExitCode.Ok;
        }

        session.Screen.Table(s_columns, page.ItemsAt("data").Select(static schedule => new[]
        {
            schedule.TextAt("id"), StatusOf(schedule), schedule.TextAt("functionName"), EveryOf(schedule),
            schedule.TextAt("nextTimestamp"),
        }));
        return ExitCode.Ok;
    }

    /// <summary>The API has no path for one schedule, so the list is asked for it.</summary>
    private async Task<int> ShowAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = Ids.Parse(arguments.GetRequiredValue(_id), "");
        var page = await session.Calls.GetAsync($"schedules?eq(id,{id})", cancellationToken);
        if (page.ItemsAt("data").Cast<JsonElement?>().FirstOrDefault() is not { } schedule)
        {
            throw new ToolException(ExitCode.Unknown, $"There is no schedule '{id}'.");
        }

        if (arguments.GetValue(_json))
        {
            session.Screen.Json(schedule);
            return ExitCode.Ok;
        }

        session.Screen.Pairs(
        [
            ("id", schedule.TextAt("id")), ("status", StatusOf(schedule)), ("pauseReason", schedule.TextAt("pauseReason")),
            ("functionName", schedule.TextAt("functionName")), ("every", EveryOf(schedule)),
            ("nextTimestamp", schedule.TextAt("nextTimestamp")), ("startTimestamp", schedule.TextAt("startTimestamp")),
            ("catchUp", schedule.TextAt("catchUp")), ("overlap", schedule.TextAt("overlap")), ("priority", schedule.TextAt("priority")),
            ("tags", schedule.TextAt("tags") is { Length: > 0 } tags ? tags : null), ("lastTaskId", schedule.TextAt("lastTaskId")),
            ("creationTimestamp", schedule.TextAt("creationTimestamp")),
            ("data", schedule.At("data") is { } data ? Screen.Indented(data) : null),
        ]);
        return ExitCode.Ok;
    }

    private async Task<int> ChangeAsync(
        HttpMethod method, string path, string done, ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = Ids.Parse(arguments.GetRequiredValue(_id), "");
        await session.Calls.SendAsync(method, $"schedules/{id}{path}", null, cancellationToken);
        session.Screen.Note($"The schedule {id} is {done}.");
        return ExitCode.Ok;
    }

    private async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = Ids.Parse(arguments.GetRequiredValue(_id), "");
        var task = await session.Calls.SendAsync(HttpMethod.Post, $"schedules/{id}/run", null, cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(task);
        }
        else
        {
            session.Screen.Line(task.TextAt("id")!);
        }

        return ExitCode.Ok;
    }

    private static string StatusOf(JsonElement schedule) => schedule.TextAt("paused") == "true" ? "paused" : "active";

    private static string? EveryOf(JsonElement schedule) =>
        schedule.TextAt("cron") is { } cron ? $"{cron} {schedule.TextAt("timeZone") ?? "UTC"}"
        : schedule.TextAt("interval") is { } seconds ? $"{seconds} s"
        : null;
}
