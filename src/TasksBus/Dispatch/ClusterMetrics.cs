using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Dispatch;

/// <summary>
/// The gauges of the whole system. The process that leads reports them, and no other, so that a sum over all processes is right. While
/// somebody listens, the status is read every 10 seconds.
/// </summary>
internal sealed class ClusterMetrics : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    /// <summary>An older status is not reported.</summary>
    private static readonly TimeSpan s_freshness = TimeSpan.FromSeconds(30);

    private readonly IStatusReader _reader;
    private readonly Leadership _leadership;
    private readonly TaskMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<ClusterMetrics> _logger;
    private readonly Instrument _leader;
    private volatile Look? _last;

    public ClusterMetrics(
        IStatusReader reader, Leadership leadership, TaskMetrics metrics, TimeProvider clock, ILogger<ClusterMetrics> logger)
    {
        (_reader, _leadership, _metrics, _clock, _logger) = (reader, leadership, metrics, clock, logger);
        var meter = metrics.Meter;
        _leader = meter.CreateObservableGauge(
            "tasksbus.leader", () => leadership.IsHeld ? 1 : 0, "{leader}", "1 in the dispatcher that leads, 0 in those that stand by.");
        Add(meter, "tasksbus.leader.epoch", "{epoch}", "Rises with each change of leader.",
            static status => status.Leader is { } leader ? [new(leader.Epoch)] : []);
        Add(meter, "tasksbus.held", "{hold}", "1 while nothing may be released.",
            static status => [new(status.HeldBecause is null ? 0 : 1)]);
        Add(meter, "tasksbus.task.due", "{task}", "Tasks that are due and wait for a worker. By pool. Counted up to 100,000.",
            static status => OfPools(status, static pool => pool.Due));
        Add(meter, "tasksbus.task.later", "{task}", "Tasks that wait for their start time or next try. By pool. Counted up to 100,000.",
            static status => OfPools(status, static pool => pool.Later));
        Add(meter, "tasksbus.task.oldest_due", "s", "How long the longest waiting due task has waited. By pool.",
            static status => OfPools(
                status, pool => pool.OldestDueAt is { } due ? Math.Max(0, (status.At - due).TotalSeconds) : 0));
        Add(meter, "tasksbus.task.running", "{task}", "Tasks in progress. Counted up to 100,000.",
            static status => [new(status.Running)]);
        Add(meter, "tasksbus.pool.workers", "{worker}", "Live workers. By pool.",
            static status => OfPools(status, pool => status.WorkersOf(pool.Pool).Count));
        Add(meter, "tasksbus.pool.slots", "{slot}", "Slots of the live workers. By pool.",
            static status => OfPools(status, pool => status.WorkersOf(pool.Pool).Sum(static worker => worker.Slots)));
        Add(meter, "tasksbus.pool.running", "{task}", "Tasks that run on the live workers. By pool.",
            static status => OfPools(status, pool => status.WorkersOf(pool.Pool).Sum(static worker => worker.Running)));
        AddOfFunctions(
            meter, "tasksbus.function.due", "{task}",
            "Due tasks, among the next 10,000 of their pool. By pool and function.",
            static (groups, _) => groups.Sum(static group => group.Due));
        AddOfFunctions(
            meter, "tasksbus.function.oldest_due", "s",
            "How long the longest waiting of these tasks has waited. By pool and function.",
            static (groups, at) => groups.Max(group => group.OldestDueAt is { } due ? Math.Max(0, (at - due).TotalSeconds) : 0));
        AddOfFunctions(
            meter, "tasksbus.function.running", "{task}", "Tasks in progress, among 10,000. By pool and function.",
            static (groups, _) => groups.Sum(static group => group.Running));
        Add(meter, "tasksbus.outbox.events", "{event}", "Events that are still to be published. Counted up to 100,000.",
            static status => [new(status.Outbox)]);
        Add(meter, "tasksbus.outbox.age", "s", "How long the oldest event in the outbox has waited.",
            static status => [new(status.OldestEvent is { } oldest ? Math.Max(0, (status.At - EventIds.TimeOf(oldest)).TotalSeconds) : 0)]);
    }

    /// <summary>Reads the status now, if this process leads and somebody listens.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (!_leader.Enabled || !_leadership.IsHeld)
        {
            _last = null;
            return;
        }

        var status = await _reader.StatusAsync(cancellationToken);
        var functions = (await _reader.BacklogAsync(cancellationToken))
            .ToLookup(group => (group.Pool, Function: _metrics.NameOf(group.FunctionName)));
        _last = new(status, functions, _clock.GetTimestamp());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RefreshAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _logger.NoStatus(exception);
            }

            // The first look waits for nobody for long, so that a scrape soon after the start finds something.
            var pause = _last is null ? TimeSpan.FromSeconds(1) : s_interval;
            await Task.Delay(pause, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Add(
        Meter meter, string name, string unit, string description, Func<SystemStatus, IEnumerable<Measurement<double>>> measure) =>
        AddOfLook(meter, name, unit, description, look => measure(look.Status));

    private void AddOfFunctions(
        Meter meter, string name, string unit, string description, Func<IEnumerable<BacklogGroup>, DateTimeOffset, double> value) =>
        AddOfLook(meter, name, unit, description, look => look.Functions.Select(groups => new Measurement<double>(
            value(groups, look.Status.At), new KeyValuePair<string, object?>(TaskMetrics.Pool, groups.Key.Pool),
            new KeyValuePair<string, object?>(TaskMetrics.Function, groups.Key.Function))));

    private void AddOfLook(
        Meter meter, string name, string unit, string description, Func<Look, IEnumerable<Measurement<double>>> measure) =>
        meter.CreateObservableGauge(
            name, () => _last is { } last && _leadership.IsHeld && _clock.GetElapsedTime(last.At) < s_freshness ? measure(last) : [],
            unit, description);

    private static IEnumerable<Measurement<double>> OfPools(SystemStatus status, Func<PoolStatus, double> value) =>
        status.Pools.Select(pool => new Measurement<double>(value(pool), new KeyValuePair<string, object?>(TaskMetrics.Pool, pool.Pool)));

    private sealed record Look(SystemStatus Status, ILookup<(string Pool, string Function), BacklogGroup> Functions, long At);
}
