using System.CommandLine;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>show</c>: shows one task, and why it waits.</summary>
internal sealed class ShowCommand : ToolCommand
{
    private readonly Argument<string> _id = new("ID") { Description = "the id of the task" };
    private readonly Option<bool> _json = JsonOption.Of("write the task as the server does");

    public ShowCommand(Stage stage)
        : base("show", "Shows a task: its input, how it ended, and why it waits.", stage)
    {
        Arguments.Add(_id);
        Options.Add(_json);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus show 507f1f77bcf86cd799439011", "shows everything about a task"),
        new("tasksbus show 507f1f77bcf86cd799439011 --json | jq .data", "reads its input in a script"),
    ];

    /// <summary>The task with what it waits for, as names and values.</summary>
    public static IEnumerable<(string Name, string? Value)> PairsOf(JsonElement task, JsonElement? state)
    {
        foreach (var name in new[]
        {
            "id", "status", "functionName", "priority", "tags", "reference", "publisher", "creationTimestamp", "startTimestamp",
            "statusChangedTimestamp", "createdByApplicationId", "createdByUserId", "scheduleId", "eventId",
            "retryForTaskIds", "retriedByTaskId",
        })
        {
            yield return (name, task.TextAt(name) is { Length: > 0 } value ? value : null);
        }

        if (state is { } known && known.TextAt("wait.reason") is { } reason)
        {
            yield return ("waits", $"{reason}: {known.TextAt("wait.message")}");
            yield return ("pool", known.TextAt("wait.pool"));
            yield return ("ahead", known.TextAt("wait.ahead"));
        }

        if (task.At("error") is not null)
        {
            yield return ("error", $"{task.TextAt("error.name")} ({task.TextAt("error.type")}): {task.TextAt("error.message")}");
        }

        yield return ("data", task.At("data") is { } data ? Screen.Indented(data) : null);
        yield return ("result", task.At("result") is { } result ? Screen.Indented(result)
            : task.TextAt("isResultDropped") == "true" ? "dropped, because it was too large or no JSON" : null);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var id = Ids.Parse(arguments.GetRequiredValue(_id), "");
        var task = await session.Calls.GetAsync($"{id}", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(task);
            return ExitCode.Ok;
        }

        JsonElement? state =
            task.TextAt("status") == TaskStates.New ? await session.Calls.GetAsync($"{id}/state", cancellationToken) : null;
        session.Screen.Pairs(PairsOf(task, state));
        return ExitCode.Ok;
    }
}
