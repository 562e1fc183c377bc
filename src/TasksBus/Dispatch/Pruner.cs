using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Removes what is older than the retention settings allow. It walks over the finished tasks, over the API requests, over the logs of both
/// and over the events that were raised. Each walk goes in the order of their numbers, a page at a time, up to the first row that was made
/// too late to be old. Then it pauses and begins again. A leader that leads again continues where it was. Another leader begins anew: what
/// is removed is gone, and it finds the rest.
/// </summary>
/// <remarks>
/// So no index by end time is needed, which the end of each task would have to maintain. The rows that a walk meets and leaves are tasks
/// that waited long and ended lately.
/// </remarks>
internal sealed class Pruner(
    IRetentionStore store, Leadership leadership, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<Pruner> logger)
    : LeaderLoop(leadership, clock)
{
    private const int AtOnce = 500;

    /// <summary>The pause between two pages, because other work of the database comes first.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan s_rest = TimeSpan.FromMinutes(5);

    /// <summary>The walks that are under way, each with the number that it has reached.</summary>
    private readonly Dictionary<Prunable, long> _walks = [];
    private readonly Dictionary<Prunable, long> _removed = [];

    protected override Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(_walks.Count > 0 ? s_pause : s_rest, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.NotRemovedOld(exception);

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        if (_walks.Count == 0)
        {
            Begin();
        }

        foreach (var (what, after) in _walks.ToArray())
        {
            var step = await store.RemoveOldAsync(term.Epoch, what, AgeOf(what)!.Value, after, AtOnce, cancellationToken);
            _removed[what] += step.Removed;
            if (step.Next is { } next)
            {
                _walks[what] = next;
            }
            else
            {
                End(what);
            }
        }
    }

    private void Begin()
    {
        foreach (var what in Enum.GetValues<Prunable>().Where(what => AgeOf(what) is not null))
        {
            (_walks[what], _removed[what]) = (0, 0);
        }
    }

    private void End(Prunable what)
    {
        _walks.Remove(what);
        if (_removed[what] > 0)
        {
            logger.RemovedOld(_removed[what], what.ToString());
        }
    }

    private TimeSpan? AgeOf(Prunable what) => what switch
    {
        Prunable.FinishedTasks => options.Value.Retention.Tasks,
        Prunable.ApiRequests => options.Value.Retention.ApiRequests,
        Prunable.RaisedEvents => options.Value.Retention.Events,
        _ => options.Value.Retention.Logs,
    };
}
