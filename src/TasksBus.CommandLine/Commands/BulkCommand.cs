using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>bulk</c>: what the server does to all tasks that a filter finds.</summary>
internal sealed class BulkCommand : GroupCommand
{
    private static readonly Column[] s_columns =
    [
        new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("ACTION"), new("DONE", ColumnKind.Number),
        new("OF", ColumnKind.Number), new("CREATED", ColumnKind.Time), new("QUERY"),
    ];

    private static readonly TimeSpan s_retryFor = TimeSpan.FromSeconds(30);

    private readonly TaskFilter _filter = new();
    private readonly Argument<string> _id = new("ID") { Description = "the id of the bulk operation" };

    private readonly Option<long?> _priority = new("--priority")
    {
        Description = "the priority of the new tasks; that of each original unless it is said",
        HelpName = "N",
    };

    private readonly Option<bool> _dryRun = new("--dry-run", "-n") { Description = "only say how many tasks there are" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "do not ask" };

    private readonly Option<bool> _detach = new("--detach", "-d")
    {
        Description = "do not wait for the end; the server goes on all the same",
    };

    private readonly Option<bool> _json = JsonOption.Of("write the server's answer");

    public BulkCommand(Stage stage)
        : base(
            "bulk",
            "Cancels or reruns any number of tasks at once. The server does it in the background, also when this program ends. It takes "
            + "the tasks that are stored when it begins.")
    {
        Option[] options = [_dryRun, _yes, _detach, _json];
        Subcommands.Add(new PartCommand(
            "rerun", "Schedules a task like each that is complete, failed or canceled and meets the filter, to start now.", stage,
            [], [.. _filter.Options, _priority, .. options],
            (arguments, session, cancellationToken) => MakeAsync("rerun", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand(
            "cancel", "Cancels each new task that meets the filter.", stage, [], [.. _filter.Options, .. options],
            (arguments, session, cancellationToken) => MakeAsync("cancel", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand("list", "Lists bulk operations, the newest first.", stage, [], [_json], ListAsync));
        Subcommands.Add(new PartCommand("show", "Shows a bulk operation.", stage, [_id], [_json], ShowAsync));
        Subcommands.Add(new PartCommand("wait", "Waits until a bulk operation has ended.", stage, [_id], [_json],
            async (arguments, session, cancellationToken) => Conclude(
                arguments, session,
                await BulkProgress.FollowAsync(await FindAsync(arguments, session, cancellationToken), session, cancellationToken))));
        Subcommands.Add(new PartCommand("stop", "Stops a bulk operation. What it did stays.", stage, [_id], [], StopAsync));
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus bulk rerun --status failed --function resize --since 1d", "says how many failed, asks, and runs them again"),
        new("tasksbus bulk cancel --tag nightly --dry-run", "says how many new tasks have that tag"),
        new("tasksbus bulk rerun --status failed --rql 'error.name=Throttled' --priority -1 --yes", "is for scripts: it does not ask"),
    ];

    private async Task<int> MakeAsync(string action, ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var terms = _filter.Read(arguments, session.Around.Time);
        if (terms.Count == 0)
        {
            throw ToolException.Usage($"Say which tasks: tasksbus bulk {action} --function resize --since 1d.");
        }

        JsonObject wanted = new()
        {
            ["action"] = action,
            // A query in a body is read as one in an address.
            ["query"] = string.Join('&', terms),
        };
        if (action == "rerun" && arguments.GetValue(_priority) is { } priority)
        {
            wanted["priority"] = priority;
        }

        var (isDry, isSure) = (arguments.GetValue(_dryRun), arguments.GetValue(_yes));
        if (isDry || !isSure)
        {
            wanted["dryRun"] = true;
            var count = await session.Calls.SendAsync(HttpMethod.Post, "bulk", wanted.ToJsonString(), cancellationToken);
            wanted.Remove("dryRun");
            if (isDry)
            {
                Write(arguments, session, count, count.TextAt("matching") ?? "too many to be counted in time");
                return ExitCode.Ok;
            }

            if (!await IsConfirmedAsync(action, count, session, cancellationToken))
            {
                session.Screen.Note("Nothing is done.");
                return ExitCode.Refused;
            }
        }

        // With an id it can be sent again.
        wanted["id"] = TaskId.New().ToString();
        var made = await Patience.WithAsync(
            s_retryFor, session, () => session.Calls.SendAsync(HttpMethod.Post, "bulk", wanted.ToJsonString(), cancellationToken),
            cancellationToken);
        if (arguments.GetValue(_detach))
        {
            Write(arguments, session, made, made.TextAt("id")!);
            return ExitCode.Ok;
        }

        return Conclude(arguments, session, await BulkProgress.FollowAsync(made, session, cancellationToken));
    }

    private static async Task<bool> IsConfirmedAsync(
        string action, JsonElement count, Session session, CancellationToken cancellationToken)
    {
        if (!session.Around.IsInputTerminal)
        {
            throw ToolException.Usage("Nobody can be asked here. --yes does it without a question; --dry-run says how many there are.");
        }

        var tasks = count.At("matching") is null ? "more tasks than can be counted in time"
            : string.Create(CultureInfo.InvariantCulture, $"{count.NumberAt("matching"):N0} tasks");
        await session.Around.Error.WriteAsync($"{(action == "rerun" ? "Rerun" : "Cancel")} {tasks}? [y/N] ");
        return (await session.Around.Input.ReadLineAsync(cancellationToken))?.Trim() is "y" or "Y" or "yes";
    }

    private async Task<int> ListAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var page = await session.Calls.GetAsync("bulk?limit(50)", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(page);
            return ExitCode.Ok;
        }

        session.Screen.Table(s_columns, page.ItemsAt("data").Select(static operation => new[]
        {
            operation.TextAt("id"), operation.TextAt("status"), operation.TextAt("action"), operation.TextAt("affected"),
            operation.TextAt("matching"), operation.TextAt("creationTimestamp"), operation.TextAt("query"),
        }));
        return ExitCode.Ok;
    }

    private async Task<int> ShowAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var operation = await FindAsync(arguments, session, cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(operation);
        }
        else
        {
            session.Screen.Pairs(operation.EnumerateObject().Select(field => (field.Name, operation.TextAt(field.Name))));
        }

        return ExitCode.Ok;
    }

    private async Task<int> StopAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = IdOf(arguments);
        var stopped = await session.Calls.SendAsync(HttpMethod.Post, $"bulk/{id}/stop", null, cancellationToken);
        session.Screen.Note($"The bulk operation {id} {(stopped.NumberAt("affectedRecords") == 1 ? "is stopped" : "had ended before")}.");
        return ExitCode.Ok;
    }

    private Task<JsonElement> FindAsync(ParseResult arguments, Session session, CancellationToken cancellationToken) =>
        session.Calls.GetAsync($"bulk/{IdOf(arguments)}", cancellationToken);

    private string IdOf(ParseResult arguments) => Ids.Parse(arguments.GetRequiredValue(_id), "").ToString();

    /// <summary>Writes how an operation ended.</summary>
    /// <returns>The exit code.</returns>
    private int Conclude(ParseResult arguments, Session session, JsonElement ended)
    {
        var (affected, skipped, refused) = (ended.NumberAt("affected"), ended.NumberAt("skipped"), ended.NumberAt("refused"));
        Write(arguments, session, ended, string.Create(
            CultureInfo.InvariantCulture,
            $"{affected:N0} tasks are {(ended.TextAt("action") == "rerun" ? "scheduled again" : "canceled")}."
                + $"{(skipped > 0 ? $" {skipped:N0} had started or ended before." : "")}"));
        if (refused > 0)
        {
            session.Screen.Fail(string.Create(CultureInfo.InvariantCulture, $"{refused:N0} tasks are refused: {ended.TextAt("reason")}"));
        }

        if (ended.TextAt("status") != "complete")
        {
            session.Screen.Fail($"The bulk operation {ended.TextAt("id")} was stopped before its end. {ended.TextAt("reason")}".TrimEnd());
        }

        return refused > 0 || ended.TextAt("status") != "complete" ? ExitCode.Refused : ExitCode.Ok;
    }

    private void Write(ParseResult arguments, Session session, JsonElement answer, string text)
    {
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(answer);
        }
        else
        {
            session.Screen.Line(text);
        }
    }
}
