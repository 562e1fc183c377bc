using System.CommandLine;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;

namespace TasksBus.Tool.Commands;

/// <summary><c>schedule</c>: schedules one task, or one for each line.</summary>
internal sealed class ScheduleCommand : ToolCommand
{
    /// <summary>How long a call is tried again. A restart of a server takes less.</summary>
    private static readonly TimeSpan s_retryFor = TimeSpan.FromSeconds(30);

    private readonly Argument<string?> _function = new("FUNCTION")
    {
        Description = "the function: its name, name:qualifier or ARN",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string?> _data = new("DATA")
    {
        Description = "the input, a JSON object; @FILE reads a file, and - the standard input",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _at = new("--at")
    {
        Description = $"the task does not start before: a timestamp, or a span from now, {TimeArgument.SpanForm}",
        HelpName = "TIME",
    };

    private readonly Option<long?> _priority = new("--priority") { Description = "the higher runs first", HelpName = "N" };

    private readonly Option<string[]> _tags = new("--tag", "-t")
    {
        Description = "a word to find the task by; repeat it for more",
        HelpName = "TAG",
    };

    private readonly Option<string?> _reference = new("--reference")
    {
        Description = "your own reference, such as the number of an order, to find the task by",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _id = new("--id") { Description = "the id of the task, 24 hex digits", HelpName = "ID" };

    private readonly Option<string?> _idempotencyKey = new("--idempotency-key")
    {
        Description = "your own name for the task: the same name makes one task only; with --lines, each line has the name and its number",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _lines = new("--lines")
    {
        Description = "schedule a task for each line of a file, or of the standard input (-): its data with FUNCTION, else a whole task",
        HelpName = "FILE",
    };

    private readonly Option<int> _skip = new("--skip")
    {
        Description = "leave out the first lines, which are scheduled already",
        HelpName = "N",
    };

    private readonly Option<bool> _wait = new("--wait", "-w") { Description = "wait for the end of the task, as 'tasksbus wait' does" };

    private readonly Option<string?> _timeout = WaitCommand.TimeoutOption();

    private readonly Option<bool> _json = JsonOption.Of("""write {"id":"..."}, or the ended task; with --lines a line for each task""");

    public ScheduleCommand(Stage stage)
        : base("schedule", "Schedules a task, or a task for each line of a file. It writes the id of each.", stage)
    {
        Arguments.Add(_function);
        Arguments.Add(_data);
        foreach (var option in new Option[]
        {
            _at, _priority, _tags, _reference, _id, _idempotencyKey, _lines, _skip, _wait, _timeout, _json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("""tasksbus schedule hello '{"name":"world"}'""", "schedules a task to start now"),
        new("tasksbus schedule report @input.json --at 2h --tag nightly", "starts it in two hours, with the input from a file"),
        new("tasksbus schedule resize '{\"n\":1}' --wait --timeout 5m", "waits for the end; the exit code says how it ended"),
        new("tasksbus schedule resize --lines photos.jsonl", "schedules a task for each line, which is the data of that task"),
        new("generate | tasksbus schedule --lines -", "schedules whole tasks, each with its functionName, from the standard input"),
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var timeout = TimeArgument.ReadSpan(arguments.GetValue(_timeout), _timeout.Name);
        ScheduleTask pattern = new()
        {
            FunctionName = arguments.GetValue(_function) ?? "",
            TaskId = arguments.GetValue(_id),
            IdempotencyKey = arguments.GetValue(_idempotencyKey),
            StartTimestamp = TimeArgument.ReadTime(arguments.GetValue(_at), _at.Name, 1, session.Around.Time),
            Priority = arguments.GetValue(_priority),
            Tags = arguments.GetValue(_tags) is { Length: > 0 } tags ? tags : null,
            Reference = arguments.GetValue(_reference),
        };
        var isJson = arguments.GetValue(_json);
        if (arguments.GetValue(_lines) is not { } file)
        {
            return await ScheduleOneAsync(arguments, pattern, timeout, isJson, session, cancellationToken);
        }

        if (arguments.GetValue(_data) is not null || pattern.TaskId is not null || arguments.GetValue(_wait))
        {
            throw ToolException.Usage(
                "--lines excludes DATA, --id and --wait. To wait for all: tasksbus schedule ... --lines FILE | tasksbus wait -");
        }

        await new ScheduledLines(session, s_retryFor, isJson).RunAsync(file, pattern, arguments.GetValue(_skip), cancellationToken);
        return ExitCode.Ok;
    }

    private async Task<int> ScheduleOneAsync(
        ParseResult arguments, ScheduleTask task, TimeSpan? timeout, bool isJson, Session session, CancellationToken cancellationToken)
    {
        if (task.FunctionName.Length == 0)
        {
            throw ToolException.Usage("""Name a function: tasksbus schedule hello '{"name":"world"}'. Or name a file with --lines.""");
        }

        if (arguments.GetValue(_data) is { } data)
        {
            task.Data = TaskLine.Parse(await InputText.ReadAsync(data, session.Around, cancellationToken));
        }

        var client = session.Client(s_retryFor);
        var id = await client.ScheduleAsync(task, cancellationToken);
        if (arguments.GetValue(_wait))
        {
            return await WaitCommand.WaitAsync([id], timeout, isJson, session, cancellationToken);
        }

        session.Screen.Line(isJson ? $$"""{"id":"{{id}}"}""" : id.ToString());
        return ExitCode.Ok;
    }
}
