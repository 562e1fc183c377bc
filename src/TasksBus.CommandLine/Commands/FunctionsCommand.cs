using System.CommandLine;
using System.Text.Json;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>functions</c>: the managed functions, and the pools of all.</summary>
internal sealed class FunctionsCommand : GroupCommand
{
    private static readonly Column[] s_columns = [new("NAME"), new("UPDATED", ColumnKind.Time), new("DESCRIPTION")];

    private readonly Argument<string> _name = new("NAME") { Description = "the name of the function" };
    private readonly Argument<string?> _pool = new("POOL")
    {
        Description = "the pool to put it into; without it, the pool is shown",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = JsonOption.Of("write the server's answer");

    public FunctionsCommand(Stage stage)
        : base("functions", "Works with functions: lists and shows managed ones, enables and disables them, and sets pools.")
    {
        Subcommands.Add(new PartCommand(
            "list", "Lists the managed functions. Others, such as local ones, run by their names and are not listed.", stage, [], [_json],
            ListAsync));
        Subcommands.Add(new PartCommand("show", "Shows the settings of a managed function.", stage, [_name], [_json], ShowAsync));
        Subcommands.Add(new PartCommand("enable", "Lets the tasks of a managed function start.", stage, [_name], [],
            (arguments, session, cancellationToken) => EnableAsync("enable", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand(
            "disable", "Disables a managed function: its tasks fail at their start, as FunctionDisabled.", stage, [_name], [],
            (arguments, session, cancellationToken) => EnableAsync("disable", arguments, session, cancellationToken)));
        Subcommands.Add(new PartCommand(
            "pool", "Shows or sets the pool whose workers run a function, managed or not. It holds for tasks that come in from now on.",
            stage, [_name, _pool], [], PoolAsync));
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus functions list", "lists the managed functions"),
        new("tasksbus functions disable resize", "lets no more tasks of resize run"),
        new("tasksbus functions pool resize gpu", "lets the workers of the pool gpu run it"),
    ];

    private async Task<int> ListAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var page = await session.Calls.GetAsync("functions", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(page);
            return ExitCode.Ok;
        }

        session.Screen.Table(s_columns, page.ItemsAt("data").Select(static function => new[]
        {
            function.TextAt("name"), function.TextAt("updateTimestamp"), function.TextAt("description"),
        }));
        if (page.TextAt("note") is { } note)
        {
            session.Screen.Note(note);
        }

        return ExitCode.Ok;
    }

    private async Task<int> ShowAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var function = await session.Calls.GetAsync($"functions/{NameIn(arguments)}", cancellationToken);
        if (arguments.GetValue(_json))
        {
            session.Screen.Json(function);
            return ExitCode.Ok;
        }

        session.Screen.Pairs(PairsOf(function));
        return ExitCode.Ok;
    }

    /// <summary>The names of environment variables are shown without their values, which may be secrets.</summary>
    private static IEnumerable<(string Name, string? Value)> PairsOf(JsonElement function)
    {
        yield return ("name", function.TextAt("name"));
        yield return ("status", function.TextAt("enabled") == "false" ? "disabled" : "enabled");
        foreach (var name in new[] { "description", "runtime", "entryPoint" })
        {
            yield return (name, function.TextAt(name));
        }

        yield return ("timeLimit", function.TextAt("timeLimit") is { } seconds ? $"{seconds} s" : null);
        yield return ("memoryLimit", function.TextAt("memoryLimit") is { } size ? $"{size} MB" : null);
        yield return ("permissionMode", function.TextAt("executionOptions.permissionMode"));
        yield return ("defaultPriority", function.TextAt("executionOptions.defaultPriority"));
        yield return ("retries", function.TextAt("retryPolicy.enabled") != "true" ? "no"
            : function.TextAt("retryPolicy.errorsToRetry") is { Length: > 0 } errors ? errors : "every error");
        yield return ("environment", function.At("environmentVariables") is { ValueKind: JsonValueKind.Object } variables
            ? string.Join(", ", variables.EnumerateObject().Select(static variable => variable.Name)) : null);
        yield return ("updateTimestamp", function.TextAt("updateTimestamp"));
    }

    private async Task<int> EnableAsync(string action, ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        await session.Calls.SendAsync(HttpMethod.Post, $"functions/{NameIn(arguments)}/{action}", null, cancellationToken);
        return Done(session, $"The function {arguments.GetRequiredValue(_name)} is {action}d.");
    }

    private async Task<int> PoolAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var path = $"functions/{NameIn(arguments)}/pool";
        if (arguments.GetValue(_pool) is not { } pool)
        {
            session.Screen.Line((await session.Calls.GetAsync(path, cancellationToken)).TextAt("pool") ?? "");
            return ExitCode.Ok;
        }

        await session.Calls.SendAsync(
            HttpMethod.Put, path, $$"""{"pool":"{{JsonEncodedText.Encode(pool)}}"}""", cancellationToken);
        return Done(session, $"Tasks of {arguments.GetRequiredValue(_name)} that come in from now on go to the pool {pool}.");
    }

    private string NameIn(ParseResult arguments) => Uri.EscapeDataString(arguments.GetRequiredValue(_name));

    private static int Done(Session session, string message)
    {
        session.Screen.Note(message);
        return ExitCode.Ok;
    }
}
