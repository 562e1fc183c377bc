using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary>Waits for the ends of tasks. What is refused for one task loses no other.</summary>
/// <param name="timeout">How long, from now on. Null until the end.</param>
internal sealed class TaskEnds(Session session, TimeSpan? timeout)
{
    /// <summary>Any number of tasks needs no more connections.</summary>
    private const int WaitsAtOnce = 256;

    /// <summary>How long a server is asked to wait in one request. Proxies often end longer ones.</summary>
    private const int WaitSeconds = 30;

    /// <summary>A wait goes on while a server restarts, or is away for a while.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>A task that has ended is found to have ended, also when the time is over.</summary>
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>A pause after an answer that came before its time, as a server that stops gives it.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = session.Around.Time;
    private readonly long _begun = session.Around.Time.GetTimestamp();
    private readonly Lock _telling = new();
    private volatile ToolException? _refusesAll;
    private bool _isTold;

    /// <param name="ended">Told of each, one after the other, as it comes.</param>
    /// <returns>What became of each, in the order of the ids.</returns>
    public async Task<TaskEnd[]> OfAsync(IReadOnlyList<TaskId> ids, Action<TaskEnd> ended, CancellationToken cancellationToken)
    {
        var ends = new TaskEnd[ids.Count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = WaitsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, ids.Count), options, async (i, over) =>
        {
            ends[i] = _refusesAll is { } refusal ? new(ids[i], null, refusal) : await OfAsync(ids[i], over);
            lock (_telling)
            {
                ended(ends[i]);
            }
        });
        return ends;
    }

    private async Task<TaskEnd> OfAsync(TaskId id, CancellationToken cancellationToken)
    {
        var left = timeout - _time.GetElapsedTime(_begun) is { } rest ? rest > s_shortest ? rest : s_shortest : Timeout.InfiniteTimeSpan;
        using CancellationTokenSource patience = new(left, _time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            for (var current = id; ;)
            {
                var asked = _time.GetTimestamp();
                var task = await AskAsync(current, timeout is null || left > s_patience ? s_patience : left, over.Token);
                if (!TaskStates.IsFinal(task.TextAt("status")!))
                {
                    if (_time.GetElapsedTime(asked) < s_pause)
                    {
                        await Task.Delay(s_pause, _time, over.Token);
                    }
                }
                else if (TaskId.TryParse(task.TextAt("retriedByTaskId"), out var successor))
                {
                    current = successor;
                }
                else
                {
                    return new(current, task);
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(id, null);
        }
        catch (ToolException refusal)
        {
            if (refusal.Code is ExitCode.Unreachable or ExitCode.NotAllowed)
            {
                // Those that wait for a place would meet the same.
                _refusesAll = refusal;
            }

            return new(id, null, refusal);
        }
    }

    /// <summary>Asks for the end of a task. The answer may be the task before its end.</summary>
    private async Task<JsonElement> AskAsync(TaskId id, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var path = $"{id}/end?wait={WaitSeconds}s";
        var task = await Patience.WithAsync(
            atMost, session, () => session.Calls.GetAsync(path, cancellationToken), cancellationToken, TellOnce);
        return task.TextAt("status") is null ? throw session.Calls.NotOfTasksBus() : task;
    }

    /// <summary>A wrong address shows at once, and not after the time for which calls are tried again.</summary>
    private void TellOnce(ToolException failure)
    {
        lock (_telling)
        {
            if (!_isTold)
            {
                _isTold = true;
                session.Screen.Warn($"{failure.Message} It is tried again.");
            }
        }
    }
}
