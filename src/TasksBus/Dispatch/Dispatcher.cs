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

    private readonly Dictionary<string, ReleaseWindow> _windows = [];

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
        var room = Math.Min(window.Settle(view), view.Next.Count);
        var releases = new (TaskId Id, byte Level)[room];
        for (var i = 0; i < room; i++)
        {
            releases[i] = (view.Next[i].Id, window.Add(view.Next[i]));
        }

        await SendAsync(pool, releases, cancellationToken);
        var lost = window.Lost();
        if (lost.Count > 0)
        {
            logger.ReleasedAgain(pool, lost.Count);
            await SendAsync(pool, [.. lost], cancellationToken);
        }
    }

    /// <summary>One id a message while there are few, so that workers share them; several when the backlog is deep, so that they share the cost.</summary>
    private async Task SendAsync(string pool, (TaskId Id, byte Level)[] releases, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(releases.Length / 8, 1, MaxIdsInMessage);
        foreach (var level in releases.GroupBy(static release => release.Level).OrderByDescending(static group => group.Key))
        {
            foreach (var ids in level.Select(static release => release.Id).Chunk(size))
            {
                await sender.SendAsync(pool, ids, level.Key, cancellationToken);
            }
        }
    }
}

/// <summary>Puts released tasks on the execute queue of a pool: the seam to the broker.</summary>
public interface IReleaseSender
{
    /// <summary>Completes when the broker has taken the message.</summary>
    Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken);
}
