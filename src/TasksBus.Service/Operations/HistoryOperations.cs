using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// What happened to tasks over time. It is counted beside the tasks: a process that dies loses ten seconds of it. However many ask for a
/// span, it is read once every five seconds at most.
/// </summary>
public sealed class HistoryOperations(IHistoryStore store, TimeProvider time)
{
    private static readonly TimeSpan s_freshness = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Span, string? Function), (Task<TaskHistory> Reading, long BegunAt)> _readings = [];

    /// <summary>The spans of time that can be asked for, each with the length of its steps in minutes.</summary>
    public static IReadOnlyList<(string Name, TimeSpan Span, int Step)> Spans { get; } =
    [
        ("1h", TimeSpan.FromHours(1), 1), ("6h", TimeSpan.FromHours(6), 5), ("24h", TimeSpan.FromHours(24), 15),
        ("7d", TimeSpan.FromDays(7), 120), ("30d", TimeSpan.FromDays(30), 480),
    ];

    /// <summary>Reads a span of time that ends now.</summary>
    /// <param name="span">One of <see cref="Spans"/>.</param>
    /// <param name="functionName">A function that is managed or has a pool, or null for all functions.</param>
    /// <exception cref="CommandRefusedException">The caller lacks the permission, or there is no such span.</exception>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    public async Task<TaskHistory> ReadAsync(Caller caller, string span, string? functionName, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewSystemStatus);
        if (Spans.FirstOrDefault(each => each.Name == span) is not { Name: not null } asked)
        {
            throw new CommandRefusedException(
                ErrorCode.FieldFormat,
                $"span must be one of {string.Join(", ", Spans.Select(static each => each.Name))}; got '{Excerpt.Of(span, 40)}'.");
        }

        if (functionName is not null && !TaskRules.IsStorable(functionName))
        {
            throw new CommandRefusedException(
                ErrorCode.FieldFormat, "function must not hold U+0000 or half of a surrogate pair.");
        }

        Task<TaskHistory> reading;
        lock (_lock)
        {
            foreach (var old in _readings.Where(each => time.GetElapsedTime(each.Value.BegunAt) >= s_freshness).ToArray())
            {
                _readings.Remove(old.Key);
            }

            if (!_readings.TryGetValue((span, functionName), out var known) || known.Reading.IsFaulted)
            {
                known = (Task.Run(() => ReadAsync(asked, functionName), CancellationToken.None), time.GetTimestamp());
                _readings[(span, functionName)] = known;
            }

            reading = known.Reading;
        }

        return await reading.WaitAsync(cancellationToken);
    }

    private async Task<TaskHistory> ReadAsync((string Name, TimeSpan Span, int Step) asked, string? functionName)
    {
        var step = (long)asked.Step;
        var end = (time.GetUtcNow().ToUnixTimeSeconds() / 60 / step + 1) * step;
        var first = end - (long)asked.Span.TotalMinutes;
        TaskCounts[] points = [.. Enumerable.Range(0, (int)((end - first) / step)).Select(static _ => new TaskCounts())];
        await store.ReadAsync(
            first, end, functionName, each => points[(each.Minute - first) / step].Add(each.Counts), CancellationToken.None);
        return new(asked.Name, TimeSpan.FromMinutes(step),
            [.. points.Select((counts, i) => (DateTimeOffset.FromUnixTimeSeconds((first + i * step) * 60), counts))]);
    }
}

/// <summary>What happened to tasks in each step of a span of time, the oldest first.</summary>
/// <param name="Span">The name of the span.</param>
/// <param name="Step">The length of a step.</param>
public sealed record TaskHistory(string Span, TimeSpan Step, IReadOnlyList<(DateTimeOffset At, TaskCounts Counts)> Points);
