using System.Globalization;
using Spectre.Console;
using TasksBus.Contracts;
using TasksBus.Tool.Arguments;

namespace TasksBus.Tool.Commands;

/// <summary>Schedules a task for each line of a file, some hundred at once, and writes their ids.</summary>
internal sealed class ScheduledLines(Session session, TimeSpan retryFor, bool isJson)
{
    private const int TasksAtOnce = 500;

    /// <summary>Far below what a server takes at once.</summary>
    private const long LettersAtOnce = 6_000_000;

    private readonly List<ScheduleTask> _tasks = [];
    private readonly List<int> _lines = [];
    private long _letters;
    private long _done;
    private int _lastLine;
    private int _skipped;

    /// <param name="pattern">What each task has that its line does not say.</param>
    /// <param name="skip">How many lines are left out.</param>
    /// <exception cref="ToolException">A line is wrong, or a batch is refused. The message says how to go on.</exception>
    public async Task RunAsync(string file, ScheduleTask pattern, int skip, CancellationToken cancellationToken)
    {
        _skipped = _lastLine = skip;
        // A wrong address shows at once, and not after the time for which calls are tried again.
        await session.Calls.TryAsync(HttpMethod.Get, "health/live", null, cancellationToken);
        using var lines = InputText.OpenLines(file, session.Around);
        try
        {
            await ShowAsync(lines, pattern, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Screen.Note(
                $"{Count(_done)}. {(_lines.Count > 0 ? $"The lines from {_lines[0]} on may be scheduled or not. " : "")}Go on with --skip "
                    + $"{_lastLine}.");
            throw;
        }
    }

    private async Task ShowAsync(TextReader lines, ScheduleTask pattern, CancellationToken cancellationToken)
    {
        if (!session.Screen.ShowsProgress)
        {
            await ReadAsync(lines, pattern, null, cancellationToken);
            return;
        }

        await session.Screen.Beside.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var shown = progress.AddTask("0 tasks scheduled", maxValue: double.MaxValue);
                await ReadAsync(lines, pattern, shown, cancellationToken);
            });
        session.Screen.Note(Count(_done));
    }

    private async Task ReadAsync(TextReader lines, ScheduleTask pattern, ProgressTask? shown, CancellationToken cancellationToken)
    {
        for (var number = 1; await lines.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (number <= _skipped || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            try
            {
                _tasks.Add(TaskLine.Read(line, Named(pattern, number)));
            }
            catch (ToolException exception)
            {
                await SendAsync(shown, cancellationToken);
                throw Stopped(exception.Code, $"Line {number}: {exception.Message}");
            }

            _lines.Add(number);
            _letters += line.Length;
            if (_tasks.Count == TasksAtOnce || _letters >= LettersAtOnce)
            {
                await SendAsync(shown, cancellationToken);
            }
        }

        await SendAsync(shown, cancellationToken);
    }

    /// <summary>With a name of its own, each line makes one task, however often the file is sent.</summary>
    private static ScheduleTask Named(ScheduleTask pattern, int number) =>
        pattern.IdempotencyKey is { } key
            ? pattern with { IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"{key}/{number}") } : pattern;

    private async Task SendAsync(ProgressTask? shown, CancellationToken cancellationToken)
    {
        if (_tasks.Count == 0)
        {
            return;
        }

        try
        {
            var ids = await session.Client(retryFor).ScheduleManyAsync(_tasks, cancellationToken);
            foreach (var (id, line) in ids.Zip(_lines))
            {
                Write(id, line);
            }
        }
        catch (TasksBusException exception)
        {
            throw Stopped(
                ExitCode.Of(exception),
                $"Of the lines {_lines[0]} to {_lines[^1]} none is scheduled, as far as the answer says: {exception.Message}");
        }

        _done += _tasks.Count;
        _lastLine = _lines[^1];
        shown?.Description = Count(_done);
        _tasks.Clear();
        _lines.Clear();
        _letters = 0;
    }

    private void Write(TaskId id, int line)
    {
        if (isJson)
        {
            session.Screen.Line(string.Create(CultureInfo.InvariantCulture, $$"""{"line":{{line}},"id":"{{id}}"}"""));
        }
        else if (!session.Screen.IsTerminal)
        {
            session.Screen.Line(id.ToString());
        }
    }

    private ToolException Stopped(int exitCode, string message) => new(
        exitCode,
        $"{message}\n{Count(_done)} before. Mend it and go on with --skip {_lastLine.ToString(CultureInfo.InvariantCulture)}.");

    private static string Count(long tasks) =>
        string.Create(CultureInfo.InvariantCulture, $"{tasks:N0} {(tasks == 1 ? "task" : "tasks")} scheduled");
}
