using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Watches the heartbeats of the workers, whether or not this process leads. So neither a change of leader nor a leader that steps aside
/// restarts the watch. A silence counts only if it was watched for a full lease, without a failed look and without a gap between two looks.
/// </summary>
internal sealed class WorkerWatch(
    IWorkerList store, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<WorkerWatch> logger) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _lease = options.Value.WorkerLease;
    private readonly TimeSpan _idleInterval = TimeSpan.FromTicks(
        Math.Clamp(options.Value.WorkerLease.Ticks / 4, s_interval.Ticks, s_longestInterval.Ticks));
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Silence> _silences = [];
    private long? _watchedSince;
    private long _lookedAt;

    /// <summary>True when nothing runs.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>
    /// True when the database has answered each look for a full lease. Before that, it is unknown whether workers could report what ended.
    /// </summary>
    public bool IsSteady
    {
        get
        {
            lock (_lock)
            {
                return _watchedSince is { } since && !IsGap && clock.GetElapsedTime(since) >= _lease;
            }
        }
    }

    /// <summary>The workers that have been silent for a full lease.</summary>
    public IReadOnlyList<WorkerRow> Silent()
    {
        lock (_lock)
        {
            return IsGap
                ? [] : [
                    .. _silences.Values.Where(silence => clock.GetElapsedTime(silence.Since) >= _lease)
                        .Select(static silence => silence.Worker)];
        }
    }

    /// <summary>Call this when a worker was removed.</summary>
    public void Forget(WorkerRow worker)
    {
        ArgumentNullException.ThrowIfNull(worker);
        lock (_lock)
        {
            _silences.Remove(worker.Id);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Note(await store.WorkersAsync(stoppingToken));
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                Begin();
                logger.NotWatched(exception);
            }

            await Task.Delay(
                IsIdle ? _idleInterval : s_interval, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// During such a long gap between two looks, for example of a frozen process, the database may have been away for the workers.
    /// </summary>
    private bool IsGap => clock.GetElapsedTime(_lookedAt) > _lease / 2;

    private void Begin()
    {
        lock (_lock)
        {
            _silences.Clear();
            _watchedSince = null;
        }
    }

    private void Note(IReadOnlyList<WorkerRow> workers)
    {
        lock (_lock)
        {
            if (_watchedSince is null || IsGap)
            {
                Begin();
                _watchedSince = clock.GetTimestamp();
            }

            _lookedAt = clock.GetTimestamp();
            IsIdle = workers.All(static worker => worker.Running == 0);
            foreach (var worker in workers)
            {
                if (!_silences.TryGetValue(worker.Id, out var silence) || silence.Worker.Beat != worker.Beat)
                {
                    _silences[worker.Id] = new(worker, _lookedAt);
                }
            }

            foreach (var gone in _silences.Keys.Except(workers.Select(static worker => worker.Id)).ToArray())
            {
                _silences.Remove(gone);
            }
        }
    }

    private readonly record struct Silence(WorkerRow Worker, long Since);
}
