using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
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
    public const int MaxIdsInMessage = 32;

    private const int MarkAtOnce = 5_000;
    private const int ReleaseAtOnce = 1_000;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_reminder = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, ReleaseWindow> _windows = [];
    private readonly Dictionary<string, long> _reported = [];

    private TimeSpan _pause = s_poll;

    /// <summary>Releases what can be released now.</summary>
    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        if (term.HeldBecause is not null)
        {
            _pause = s_poll;
            return;
        }

        var marked = await store.MarkReadyAsync(MarkAtOnce, cancellationToken);
        var pools = await store.ReadyPoolsAsync(cancellationToken);
        foreach (var pool in pools.Union(_windows.Keys).ToArray())
        {
            await ReleaseAsync(term.Epoch, pool, marked.Lowest, cancellationToken);
        }

        foreach (var pool in _windows.Where(static pair => pair.Value.Released.Count == 0).Select(static pair => pair.Key).Except(pools).ToArray())
        {
            _windows.Remove(pool);
        }

        // While something is released a message may get lost, and that shows only by looking.
        var longest = _windows.Values.Any(static window => window.Released.Count > 0) ? s_watch : s_poll;
        _pause = marked.Lowest is not null ? TimeSpan.Zero : marked.NextDueIn is { } next && next < longest ? next : longest;
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) => signals.Dispatch.WaitAsync(_pause, cancellationToken);

    protected override void Forget()
    {
        _windows.Clear();
        _pause = s_poll;
    }

    protected override void Failed(Exception exception) => logger.DispatchFailed(exception);

    private async Task ReleaseAsync(long epoch, string pool, Rank? lowest, CancellationToken cancellationToken)
    {
        if (!_windows.TryGetValue(pool, out var window))
        {
            _windows[pool] = window = new(Clock, s_patience);
        }

        var view = await store.ViewPoolAsync(epoch, pool, window.Released, lowest, ReleaseAtOnce, cancellationToken);
        Report(pool, view);
        var room = Math.Min(window.Settle(view), view.Next.Count);
        var releases = new (ReadyTask Task, byte Level)[room];
        for (var i = 0; i < room; i++)
        {
            releases[i] = (view.Next[i], window.Add(view.Next[i]));
        }

        await SendAsync(pool, window, releases, cancellationToken);
        var lost = window.Lost();
        if (lost.Count > 0)
        {
            logger.ReleasedAgain(pool, lost.Count);
            await SendAsync(pool, window, [.. lost], cancellationToken);
        }
    }

    /// <summary>
    /// One id a message while there are few, so that workers share them; several when the backlog is deep, so that they share the cost. The
    /// most urgent are sent first, and all confirms are waited for together.
    /// </summary>
    private async Task SendAsync(string pool, ReleaseWindow window, (ReadyTask Task, byte Level)[] releases, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(releases.Length / 8, 1, MaxIdsInMessage);
        List<(ReadyTask[] Tasks, Task Sent)> messages = [];
        foreach (var level in releases.GroupBy(static release => release.Level).OrderByDescending(static group => group.Key))
        {
            foreach (var tasks in level.Select(static release => release.Task).Chunk(size))
            {
                messages.Add((tasks, sender.SendAsync(pool, [.. tasks.Select(static task => task.Id)], level.Key, cancellationToken)));
            }
        }

        try
        {
            await Task.WhenAll(messages.Select(static message => message.Sent));
        }
        catch
        {
            // What the broker did not confirm is not released; should it have arrived all the same, the claim makes it harmless.
            window.Remove(messages.Where(static message => !message.Sent.IsCompletedSuccessfully).SelectMany(static message => message.Tasks));
            throw;
        }
    }

    private void Report(string pool, PoolView view)
    {
        if (view.Workers > 0)
        {
            _reported.Remove(pool);
        }
        else if (!_reported.TryGetValue(pool, out var at) || Clock.GetElapsedTime(at) >= s_reminder)
        {
            _reported[pool] = Clock.GetTimestamp();
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
