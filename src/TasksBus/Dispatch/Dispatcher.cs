using Microsoft.Extensions.Logging;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Dispatch;

/// <summary>
/// Releases due tasks to the execute queue of their pool, in exact order, as many as the workers have room for. The backlog waits in the
/// database. There are never more released and unclaimed tasks than free slots.
/// </summary>
internal sealed class Dispatcher(
    IReadyQueue queue, IWorkerList workers, IReleaseSender sender, BrokerReach broker, Leadership leadership, Signals signals,
    TaskMetrics metrics, TimeProvider clock, ILogger<Dispatcher> logger)
    : LeaderLoop(leadership, clock)
{
    /// <summary>The largest number of ids in one message.</summary>
    public const int MaxIdsInMessage = 100;

    private const int MarkAtOnce = 5_000;
    private const int MarkMoreAtOnce = 50_000;
    private const int ReleaseAtOnce = 1_000;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_poolsInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long a round waits for confirms. A pool whose messages take longer is skipped until they are answered.</summary>
    private static readonly TimeSpan s_confirms = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_shortestBreath = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_deepBreath = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan s_longestBreath = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, PoolLane> _lanes = [];
    private readonly Dictionary<string, (long Since, TimeSpan Patience)> _unserved = [];

    private readonly HeldFunctions _held = new(queue, clock, logger);

    private HashSet<string> _ready = [];
    private long _poolsAt;

    /// <summary>When the first task of a pool without a lane falls due.</summary>
    private DueAt? _dueElsewhere;

    private TimeSpan _pause = s_poll;
    private TimeSpan _breath;
    private int _released;

    /// <summary>Releases what can be released now.</summary>
    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        if (term.HeldBecause is not null)
        {
            _pause = s_poll;
            return;
        }

        var started = Clock.GetTimestamp();
        var looked = await FindPoolsAsync(cancellationToken);
        var nextIn = _dueElsewhere?.In(Clock) ?? TimeSpan.MaxValue;
        foreach (var lane in _lanes.Values)
        {
            if (lane.IsFree() && await ReleaseAsync(term.Epoch, lane, cancellationToken) is { } dueIn && dueIn < nextIn)
            {
                nextIn = dueIn;
            }
        }

        await AwaitConfirmsAsync(cancellationToken);

        // While tasks are released, a message may get lost or a new pool may appear, and only a look shows that.
        var longest = !looked || _lanes.Values.Any(static lane => lane.IsBusy) ? s_watch : s_poll;
        _pause = nextIn < longest ? nextIn : longest;
        // If much is released at once, a longer pause makes messages and their commits larger.
        var shortest = _released >= MaxIdsInMessage ? s_deepBreath : s_shortestBreath;
        _breath = TimeSpan.FromTicks(Math.Clamp(Clock.GetElapsedTime(started).Ticks, shortest.Ticks, s_longestBreath.Ticks));
    }

    /// <summary>
    /// Waits before the next round. Under load a round handles everything since the last one, and rounds of up to 20 ms take at most half
    /// of the time.
    /// </summary>
    protected override async Task PauseAsync(CancellationToken cancellationToken)
    {
        var ended = Clock.GetTimestamp();
        await signals.Dispatch.WaitAsync(_pause, cancellationToken);
        if (_released > 0 && _breath - Clock.GetElapsedTime(ended) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest, Clock, cancellationToken);
        }

        _released = 0;
    }

    /// <summary>Finds the pools with workers, with released tasks, or with tasks that may be released. Pools come and go slowly.</summary>
    /// <returns>True when it looked.</returns>
    private async Task<bool> FindPoolsAsync(CancellationToken cancellationToken)
    {
        if (_lanes.Count > 0 && Clock.GetElapsedTime(_poolsAt) < s_poolsInterval && !(_dueElsewhere?.In(Clock) <= TimeSpan.Zero))
        {
            return false;
        }

        _poolsAt = Clock.GetTimestamp();
        var members = await workers.WorkersAsync(cancellationToken);
        var waiting = await queue.WaitingPoolsAsync(cancellationToken);
        foreach (var changed in _held.Note(members))
        {
            _lanes.Remove(changed);
        }

        await _held.PutBackAsync(waiting, cancellationToken);
        waiting = [.. waiting.Where(static pool => PoolNames.PartsOf(pool.Pool) is null)];
        _ready = waiting.Where(static pool => pool.DueIn <= TimeSpan.Zero).Select(static pool => pool.Pool).ToHashSet();
        var served = members.Select(static worker => worker.Pool).Where(static pool => pool != PoolNames.DirectExecution);
        var pools = served.Union(_ready).Union(_lanes.Values.Where(static lane => lane.IsBusy).Select(static lane => lane.Pool))
            .ToHashSet();
        foreach (var gone in _lanes.Keys.Except(pools).ToArray())
        {
            _lanes.Remove(gone);
        }

        foreach (var pool in pools.Except(_lanes.Keys).ToArray())
        {
            _lanes[pool] = new(pool, queue, sender, broker, metrics, Clock, logger);
        }

        var others = waiting.Where(pool => !pools.Contains(pool.Pool)).ToArray();
        _dueElsewhere = others.Length > 0 ? new(_poolsAt, others.Min(static pool => pool.DueIn)) : null;
        return true;
    }

    /// <summary>Marks due tasks of a pool as ready, the most urgent first.</summary>
    private async Task MarkAsync(PoolLane lane, int limit, CancellationToken cancellationToken) =>
        lane.Lowest = (await queue.MarkReadyAsync(lane.Pool, limit, cancellationToken)).Lowest;

    protected override void Forget()
    {
        _lanes.Clear();
        _held.Forget();
        _pause = s_poll;
    }

    protected override void Failed(Exception exception) => logger.DispatchFailed(exception);

    /// <returns>How long until there is more to release. Zero when more is due than was marked at once. Null when no task waits for its
    /// time.</returns>
    private async Task<TimeSpan?> ReleaseAsync(long epoch, PoolLane lane, CancellationToken cancellationToken)
    {
        if (lane.Lowest is not null)
        {
            await MarkAsync(lane, MarkMoreAtOnce, cancellationToken);
        }

        var view = await ViewAsync(epoch, lane, cancellationToken);
        if (view.NextDueIn == TimeSpan.Zero && lane.Lowest is null)
        {
            // Nothing may be released that ranks below a due task that is not marked.
            await MarkAsync(lane, MarkAtOnce, cancellationToken);
            view = await ViewAsync(epoch, lane, cancellationToken);
        }

        view = await _held.PutAsideAsync(lane.Pool, view, () => ViewAsync(epoch, lane, cancellationToken), cancellationToken);
        Report(lane.Pool, view);
        var window = lane.Window;
        var room = Math.Min(window.Settle(view), view.Next.Count);
        var releases = new (ReadyTask Task, byte Level)[room];
        for (var i = 0; i < room; i++)
        {
            releases[i] = (view.Next[i], window.Add(view.Next[i]));
        }

        _released += releases.Length;
        var lost = window.Lost();
        metrics.Released(lane.Pool, releases.Length, lost.Count);
        if (lost.Count > 0)
        {
            logger.ReleasedAgain(lane.Pool, lost.Count);
            releases = [.. releases, .. lost];
        }

        lane.Send(view.Workers, releases, cancellationToken);
        return lane.Lowest is null ? view.NextDueIn : TimeSpan.Zero;
    }

    private async Task<PoolView> ViewAsync(long epoch, PoolLane lane, CancellationToken cancellationToken)
    {
        var (window, started) = (lane.Window, Clock.GetTimestamp());
        var from = window.From();
        var view = await queue.ViewPoolAsync(epoch, lane.Pool, window.Released, from, lane.Lowest, ReleaseAtOnce, cancellationToken);
        window.Seen(view, from, Clock.GetElapsedTime(started));
        return view;
    }

    /// <summary>Waits until the broker has accepted what was sent, but not for long.</summary>
    /// <exception cref="BrokerUnavailableException">The broker accepts nothing.</exception>
    private async Task AwaitConfirmsAsync(CancellationToken cancellationToken)
    {
        var answered = Task.WhenAll(_lanes.Values.Select(static lane => lane.Answered));
        if (!answered.IsCompleted)
        {
            await answered.WaitAsync(s_confirms, Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var lane in _lanes.Values)
            {
                _ = lane.TellAsync(signals.Dispatch.Set);
            }
        }

        broker.ThrowIfAway();
    }

    /// <summary>
    /// Logs, once in a while, that a pool has tasks but no worker. It does not log a worker that is just being restarted.
    /// </summary>
    private void Report(string pool, PoolView view)
    {
        if (view.Workers > 0 || !_ready.Contains(pool))
        {
            _unserved.Remove(pool);
            return;
        }

        if (!_unserved.TryGetValue(pool, out var unserved))
        {
            _unserved[pool] = (Clock.GetTimestamp(), s_restart);
        }
        else if (Clock.GetElapsedTime(unserved.Since) >= unserved.Patience)
        {
            _unserved[pool] = (Clock.GetTimestamp(), s_reminder);
            logger.PoolWithoutWorker(pool);
        }
    }

    /// <summary>A moment on the monotonic clock.</summary>
    private readonly record struct DueAt(long Since, TimeSpan Wait)
    {
        public TimeSpan In(TimeProvider clock) => Wait - clock.GetElapsedTime(Since) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
    }
}
