using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Releases due tasks to the execute queue of their pool, in exact order, as many as the workers have room for. The backlog waits in the
/// database; what is released and unclaimed is never more than the free slots.
/// </summary>
public sealed class Dispatcher(
    ITaskStore store, IReleaseSender sender, Leadership leadership, Signals signals, TimeProvider clock, ILogger<Dispatcher> logger)
    : LeaderLoop(leadership, clock)
{
    /// <summary>Ids in one message at most.</summary>
    public const int MaxIdsInMessage = 100;

    private const int MarkAtOnce = 5_000;
    private const int MarkMoreAtOnce = 50_000;
    private const int ReleaseAtOnce = 1_000;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_poolsInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortestBreath = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan s_deepBreath = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan s_longestBreath = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, ReleaseWindow> _windows = [];
    private readonly Dictionary<string, (long Since, TimeSpan Patience)> _unserved = [];

    private IReadOnlyList<string> _pools = [];
    private HashSet<string> _ready = [];
    private Rank? _lowest;
    private TimeSpan? _nextDueIn;
    private TimeSpan _pause = s_poll;
    private TimeSpan _breath;
    private long _poolsAt;
    private int _released;
    private bool _isConnected;

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
        if (_lowest is not null)
        {
            await MarkReadyAsync(cancellationToken);
        }

        _nextDueIn = null;
        foreach (var pool in _pools)
        {
            await ReleaseAsync(term.Epoch, pool, cancellationToken);
        }

        // While something is released a message may get lost, and a new pool may be there: that shows only by looking.
        var longest = !looked || _windows.Values.Any(static window => window.Released.Count > 0) ? s_watch : s_poll;
        _pause = _lowest is not null ? TimeSpan.Zero : _nextDueIn < longest ? _nextDueIn.Value : longest;
        // Where much is released at once, a longer breath makes larger messages and larger commits of it.
        var shortest = _released >= MaxIdsInMessage ? s_deepBreath : s_shortestBreath;
        _breath = TimeSpan.FromTicks(Math.Clamp(Clock.GetElapsedTime(started).Ticks, shortest.Ticks, s_longestBreath.Ticks));
    }

    private async Task MarkReadyAsync(CancellationToken cancellationToken) =>
        _lowest = (await store.MarkReadyAsync(_lowest is null ? MarkAtOnce : MarkMoreAtOnce, cancellationToken)).Lowest;

    /// <summary>Under load a round takes what came together since the last one: at most every other moment is spent on rounds.</summary>
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

    /// <summary>Pools come and go slowly: those with workers, with released tasks, or with tasks that nobody serves.</summary>
    /// <returns>Whether it looked.</returns>
    private async Task<bool> FindPoolsAsync(CancellationToken cancellationToken)
    {
        if (_pools.Count > 0 && Clock.GetElapsedTime(_poolsAt) < s_poolsInterval)
        {
            return false;
        }

        _poolsAt = Clock.GetTimestamp();
        await MarkReadyAsync(cancellationToken);
        _ready = (await store.ReadyPoolsAsync(cancellationToken)).ToHashSet();
        var served = (await store.WorkersAsync(cancellationToken)).Select(static worker => worker.Pool).Where(static pool => pool != DirectExecution.Pool);
        _pools = [.. served.Union(_ready).Union(_windows.Where(static pair => pair.Value.Released.Count > 0).Select(static pair => pair.Key))];
        foreach (var gone in _windows.Keys.Except(_pools).ToArray())
        {
            _windows.Remove(gone);
        }

        return true;
    }

    protected override void Forget()
    {
        _windows.Clear();
        _pools = [];
        (_pause, _lowest) = (s_poll, null);
    }

    protected override void Failed(Exception exception) => logger.DispatchFailed(exception);

    private async Task ReleaseAsync(long epoch, string pool, CancellationToken cancellationToken)
    {
        if (!_windows.TryGetValue(pool, out var window))
        {
            _windows[pool] = window = new(Clock, s_patience);
        }

        var view = await ViewAsync(epoch, pool, window, cancellationToken);
        if (view.NextDueIn == TimeSpan.Zero && _lowest is null)
        {
            // Nothing is released below a task that is due and not marked.
            await MarkReadyAsync(cancellationToken);
            view = await ViewAsync(epoch, pool, window, cancellationToken);
        }

        _nextDueIn = view.NextDueIn;
        Report(pool, view);
        var room = Math.Min(window.Settle(view), view.Next.Count);
        var releases = new (ReadyTask Task, byte Level)[room];
        for (var i = 0; i < room; i++)
        {
            releases[i] = (view.Next[i], window.Add(view.Next[i]));
        }

        _released += releases.Length;
        await SendAsync(pool, view.Workers, window, releases, cancellationToken);
        var lost = window.Lost();
        if (lost.Count > 0)
        {
            logger.ReleasedAgain(pool, lost.Count);
            await SendAsync(pool, view.Workers, window, [.. lost], cancellationToken);
        }
    }

    private async Task<PoolView> ViewAsync(long epoch, string pool, ReleaseWindow window, CancellationToken cancellationToken)
    {
        var (from, started) = (window.From(), Clock.GetTimestamp());
        var view = await store.ViewPoolAsync(epoch, pool, window.Released, from, _lowest, ReleaseAtOnce, cancellationToken);
        window.Seen(view, from, Clock.GetElapsedTime(started));
        return view;
    }

    /// <summary>
    /// One id a message while there are few for each worker, so that they share them; several when there are many, or one worker, so that
    /// they share the cost. The most urgent are sent first, and all confirms are waited for together.
    /// </summary>
    private async Task SendAsync(string pool, int workers, ReleaseWindow window, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(releases.Length / (workers > 1 ? 2 * workers : 1), 1, MaxIdsInMessage);
        List<(ReadyTask[] Tasks, Task Sent)> messages = [];
        foreach (var level in releases.GroupBy(static release => release.Level).OrderByDescending(static group => group.Key))
        {
            foreach (var tasks in level.Select(static release => release.Task).Chunk(size))
            {
                var sent = sender.SendAsync(pool, [.. tasks.Select(static task => task.Id)], level.Key, cancellationToken);
                messages.Add((tasks, sent));
                if (!_isConnected)
                {
                    // All who wait for a new channel pass through it in the reverse order: the first one goes alone.
                    await Task.WhenAny(sent);
                    _isConnected = sent.IsCompletedSuccessfully;
                }
            }
        }

        try
        {
            await Task.WhenAll(messages.Select(static message => message.Sent));
        }
        catch
        {
            _isConnected = false;
            // What the broker did not confirm is not released; should it have arrived all the same, the claim makes it harmless.
            window.Remove(messages.Where(static message => !message.Sent.IsCompletedSuccessfully).SelectMany(static message => message.Tasks));
            throw;
        }
    }

    /// <summary>Says that a pool has tasks and no worker: not of one that is just being restarted, and then once in a while.</summary>
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
}

/// <summary>Puts released tasks on the execute queue of a pool: the seam to the broker.</summary>
public interface IReleaseSender
{
    /// <summary>Completes when the broker has taken the message.</summary>
    Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken);
}
