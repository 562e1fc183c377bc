using System.CommandLine;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>wait</c>: waits for the ends of tasks.</summary>
internal sealed class WaitCommand : ToolCommand
{
    /// <summary>A wait goes on while a server restarts, or is away for a while.</summary>
    private static readonly TimeSpan s_retryFor = TimeSpan.FromMinutes(5);

    private const int WaitsAtOnce = 256;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);

    private static readonly Column[] s_columns =
        [new("ID", ColumnKind.Whole), new("STATUS", ColumnKind.Status), new("FUNCTION"), new("ERROR")];

    private readonly Argument<string[]> _ids = Ids.Argument();
    private readonly Option<string?> _timeout = TimeoutOption();
    private readonly Option<bool> _json = JsonOption.Of("write the ended tasks, a line each");

    public WaitCommand(Stage stage)
        : base(
            "wait",
            "Waits until tasks have ended. The exit code is 0 when all are complete, 3 when one failed, else 4 when one was canceled, and "
            + "5 when the time is over. A task that is retried has ended when the last task that retries it has.", stage)
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
        // A wrong address, key or id shows at once, and not after the time for which calls are tried again.
        if (ids.Count > 0)
        {
            await session.Calls.GetAsync($"{ids[0]}", cancellationToken);
        }

        var ends = await EndsAsync(ids, timeout, session, cancellationToken);
        if (isJson)
        {
            foreach (var (id, task, _) in ends.Where(static end => end.Refusal is null))
            {
                // As the server writes it, which may have more than this program knows.
                session.Screen.Json(await session.Calls.GetAsync($"{task?.Id ?? id}", cancellationToken));
            }
        }
        else
        {
            session.Screen.Table(s_columns, ends.Select(static end => new[]
            {
                (end.Task?.Id ?? end.Id).ToString(), end.Refusal is null ? end.Task?.Status ?? "timedOut" : "unknown",
                end.Task?.FunctionName, end.Refusal?.Message ?? (end.Task?.Error is { } error ? $"{error.Name}: {error.Message}" : null),
            }));
            ShowResult(ends, session);
        }

        if (ends.FirstOrDefault(static end => end.Refusal is not null) is { Refusal: { } refusal } first)
        {
            session.Screen.Fail($"{first.Id}: {refusal.Message}");
            return ExitCode.Of(refusal);
        }

        return CodeOf([.. ends.Select(static end => end.Task)]);
    }

    /// <summary>Waits for some tasks at once, so that any number needs no more connections. One that is unknown loses no other.</summary>
    private static async Task<End[]> EndsAsync(
        IReadOnlyList<TaskId> ids, TimeSpan? timeout, Session session, CancellationToken cancellationToken)
    {
        var (client, time, begun) = (session.Client(s_retryFor), session.Around.Time, session.Around.Time.GetTimestamp());
        using SemaphoreSlim places = new(WaitsAtOnce);
        return await Task.WhenAll(ids.Select(async id =>
        {
            await places.WaitAsync(cancellationToken);
            try
            {
                var left = timeout - time.GetElapsedTime(begun);
                return new End(
                    id, await client.WaitAsync(id, left > s_shortest ? left : timeout is null ? null : s_shortest, cancellationToken));
            }
            catch (TimeoutException)
            {
                return new End(id, null);
            }
            catch (ResourceUnknownException unknown) when (ids.Count > 1)
            {
                return new End(id, null, unknown);
            }
            finally
            {
                places.Release();
            }
        }));
    }

    protected override async Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken) =>
        await WaitAsync(
            await Ids.ReadAsync(arguments.GetRequiredValue(_ids), session.Around, cancellationToken),
            TimeArgument.ReadSpan(arguments.GetValue(_timeout), _timeout.Name), arguments.GetValue(_json), session, cancellationToken);

    /// <summary>A person who waits for one task wants to see what it returned.</summary>
    private static void ShowResult(End[] ends, Session session)
    {
        if (session.Screen.IsTerminal && ends is [{ Task.Result: { } result }])
        {
            session.Screen.Line(Screen.Indented(result));
        }
    }

    private static int CodeOf(IReadOnlyList<TaskSnapshot?> ends)
    {
        var codes = ends.Select(static task => task is null ? ExitCode.TimedOut : ExitCode.OfStatus(task.Status)).Distinct().ToArray();
        return codes.Contains(ExitCode.TaskFailed) ? ExitCode.TaskFailed
            : codes.Contains(ExitCode.TaskCanceled) ? ExitCode.TaskCanceled
            : codes.Contains(ExitCode.TimedOut) ? ExitCode.TimedOut
            : ExitCode.Ok;
    }

    /// <param name="Task">How it ended. Null when the time was over before, and for a task that is unknown.</param>
    /// <param name="Refusal">Why nothing is known of it.</param>
    private readonly record struct End(TaskId Id, TaskSnapshot? Task, TasksBusException? Refusal = null);
}
