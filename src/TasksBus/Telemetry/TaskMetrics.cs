using System.Diagnostics.Metrics;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Storage;

namespace TasksBus.Telemetry;

/// <summary>
/// Every metric of the engine but the gauges of the whole system. Each engine has a meter of its own. Where nobody listens, a
/// measurement costs a read of a field.
/// </summary>
/// <param name="functions">The functions whose names are shown. All other functions share the name <see cref="Other"/>, so that callers
/// cannot make any number of time series.</param>
public sealed class TaskMetrics(IFunctionPolicyStore functions, RecentCounts? recent = null) : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "TasksBus";

    /// <summary>Stands for functions that are neither managed nor have a pool.</summary>
    public const string Other = "other";

    internal const string Pool = "tasksbus.pool";

    internal const string Function = "tasksbus.function";

    private readonly Metric _metrics = new(new Meter(MeterName, typeof(TaskMetrics).Assembly.GetName().Version!.ToString(3)));

    /// <summary>Where other parts add gauges.</summary>
    internal Meter Meter => _metrics.Meter;

    /// <summary>The name by which a function is shown.</summary>
    internal string NameOf(string functionName) => NameOf(functionName, functions.Functions);

    /// <summary>Counts what was committed.</summary>
    internal void Committed(IReadOnlyList<TaskChange> changes)
    {
        recent?.Committed(changes);
        if (!_metrics.Accepted.Enabled && !_metrics.Started.Enabled && !_metrics.Ended.Enabled && !_metrics.Snoozed.Enabled
            && !_metrics.StartDelay.Enabled)
        {
            return;
        }

        var known = functions.Functions;
        foreach (var change in changes)
        {
            Count(change, known);
            foreach (var insert in change.Inserts)
            {
                Count(insert, known);
            }
        }
    }

    /// <summary>Records a transaction of steps.</summary>
    /// <param name="count">How many steps it had.</param>
    internal void Commit(int count, TimeSpan duration)
    {
        _metrics.CommitDuration.Record(duration.TotalSeconds);
        _metrics.CommitSteps.Record(count);
    }

    /// <summary>Counts a transaction or a request that failed because the database was away, or did not confirm.</summary>
    public void DatabaseAway() => _metrics.DatabaseFailures.Add();

    /// <summary>Counts the moments at which the dispatcher took the broker to be away.</summary>
    internal void BrokerAway() => _metrics.BrokerFailures.Add();

    /// <summary>Counts a worker that this process declared dead.</summary>
    internal void WorkerLost() => _metrics.WorkersLost.Add();

    /// <summary>Makes the process report whether it takes from its queues.</summary>
    public void ObserveQueues(Func<bool> areTaken) => _metrics.Queues.AreTaken = areTaken;

    /// <summary>Records a claim from when it was asked for until it was committed.</summary>
    internal void Claimed(string pool, TimeSpan duration) =>
        _metrics.ClaimDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Pool, pool));

    /// <summary>Counts tasks that are sent to the workers.</summary>
    /// <param name="again">How many of them were sent before, and nobody claimed them.</param>
    internal void Released(string pool, int count, int again)
    {
        KeyValuePair<string, object?> tag = new(Pool, pool);
        if (count > 0)
        {
            _metrics.Released.Add(count, tag);
        }

        if (again > 0)
        {
            _metrics.ReleasedAgain.Add(again, tag);
        }
    }

    /// <summary>Records how long the broker took to confirm the releases of a round.</summary>
    internal void ReleaseConfirmed(string pool, TimeSpan duration) =>
        _metrics.ReleaseDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Pool, pool));

    /// <summary>Counts events that the broker has accepted.</summary>
    internal void Published(int count)
    {
        if (count > 0)
        {
            _metrics.Published.Add(count);
        }
    }

    /// <summary>Records an invocation.</summary>
    internal void Invoked(string functionName, InvocationResult result, TimeSpan duration)
    {
        recent?.Invoked(functionName, duration);
        if (!_metrics.InvocationDuration.Enabled && !_metrics.Throttled.Enabled && !_metrics.NotRun.Enabled)
        {
            return;
        }

        KeyValuePair<string, object?> name = new(Function, NameOf(functionName, functions.Functions));
        _metrics.InvocationDuration.Record(duration.TotalSeconds, name, new("tasksbus.result", WordOf(result)));
        if (result is InvocationResult.NotRunYet notYet)
        {
            _metrics.NotRun.Add(1, name, new("error.type", notYet.Name));
            if (LaterErrors.Throttling.Contains(notYet.Name))
            {
                _metrics.Throttled.Add(1, name);
            }
        }
    }

    /// <summary>Adds the gauges of the worker of this process.</summary>
    internal void Observe(string pool, Func<int> offered, Func<int> used, Func<bool> takesTasks)
    {
        KeyValuePair<string, object?>[] tags = [new(Pool, pool)];
        Meter.CreateObservableGauge(
            "tasksbus.worker.slots", () => new Measurement<int>(offered(), tags), "{slot}", "Slots that the worker offers. By pool.");
        Meter.CreateObservableGauge(
            "tasksbus.worker.slots.used", () => new Measurement<int>(used(), tags), "{slot}", "Slots in which a function runs. By pool.");
        Meter.CreateObservableGauge(
            "tasksbus.worker.lease", () => new Measurement<int>(takesTasks() ? 1 : 0, tags), "{lease}",
            "1 while the worker holds its lease and takes tasks. By pool.");
    }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private static string NameOf(string functionName, FunctionPolicies known) => known.KnownName(functionName) ?? Other;

    private static string WordOf(InvocationResult result) => result switch
    {
        InvocationResult.Succeeded => "succeeded",
        InvocationResult.FunctionFailed => "failed",
        InvocationResult.NotInvoked => "not_invoked",
        InvocationResult.NotRunYet => "not_run_yet",
        _ => "unknown",
    };

    private void Count(TaskChange change, FunctionPolicies known)
    {
        var task = change.Task;
        KeyValuePair<string, object?> pool = new(Pool, task.Pool);
        KeyValuePair<string, object?> function = new(Function, NameOf(task.FunctionName, known));
        if (change.IsInsert)
        {
            _metrics.Accepted.Add(1, pool, function);
        }

        switch (change.To)
        {
            case TaskPlace.Running:
                _metrics.Started.Add(1, pool, function);
                if (change.StartDelay is { } delay)
                {
                    _metrics.StartDelay.Record(delay.TotalSeconds, pool, function);
                }

                break;
            case TaskPlace.Finished:
                KeyValuePair<string, object?> outcome = new("tasksbus.outcome", task.Status);
                if (task.Error is { } error)
                {
                    _metrics.Ended.Add(1, [pool, function, outcome, new("error.type", error.Type)]);
                }
                else
                {
                    _metrics.Ended.Add(1, pool, function, outcome);
                }

                break;
            case TaskPlace.Waiting when change.From == TaskPlace.Running:
                _metrics.Snoozed.Add(1, pool, function);
                break;
            default:
                break;
        }
    }

    /// <summary>The instruments.</summary>
    private sealed class Metric(Meter meter)
    {
        private static readonly InstrumentAdvice<double> s_seconds = new()
        {
            HistogramBucketBoundaries = TaskCounts.Bounds,
        };

        private static readonly InstrumentAdvice<int> s_sizes = new()
        {
            HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 512],
        };

        public Meter Meter { get; } = meter;

        public Counter<long> Accepted { get; } = meter.CreateCounter<long>(
            "tasksbus.task.accepted", "{task}", "Tasks that this process stored. By pool and function.");

        public Counter<long> Started { get; } = meter.CreateCounter<long>(
            "tasksbus.task.started", "{task}", "Tasks that this process claimed, or began to run directly. By pool and function.");

        public Counter<long> Ended { get; } = meter.CreateCounter<long>(
            "tasksbus.task.ended", "{task}", "Tasks that this process ended. By pool, function, outcome and error.type.");

        public Counter<long> Snoozed { get; } = meter.CreateCounter<long>(
            "tasksbus.task.snoozed", "{task}",
            "Claimed tasks whose function did not run and is tried again later. By pool and function.");

        public Histogram<double> StartDelay { get; } = meter.CreateHistogram(
            "tasksbus.task.start_delay", "s", "From when a task was due until it was claimed. By pool and function.", advice: s_seconds);

        public Histogram<double> ClaimDuration { get; } = meter.CreateHistogram(
            "tasksbus.claim.duration", "s", "From when a worker asked for a task until its claim was committed. By pool.",
            advice: s_seconds);

        public Histogram<double> CommitDuration { get; } = meter.CreateHistogram(
            "tasksbus.commit.duration", "s", "Transactions in which steps of tasks are committed together.", advice: s_seconds);

        public Histogram<int> CommitSteps { get; } = meter.CreateHistogram(
            "tasksbus.commit.steps", "{step}", "Steps of tasks in one transaction.", advice: s_sizes);

        public Counter<long> Released { get; } = meter.CreateCounter<long>(
            "tasksbus.release.tasks", "{task}", "Tasks that the dispatcher sent to workers. By pool.");

        public Counter<long> ReleasedAgain { get; } = meter.CreateCounter<long>(
            "tasksbus.release.repeated", "{task}", "Tasks that were sent again, because no worker claimed them in time. By pool.");

        public Histogram<double> ReleaseDuration { get; } = meter.CreateHistogram(
            "tasksbus.release.duration", "s", "From when releases were sent until the broker confirmed them. By pool.", advice: s_seconds);

        public Counter<long> Published { get; } = meter.CreateCounter<long>(
            "tasksbus.event.published", "{event}", "Events that the broker accepted from the outbox.");

        public Tally DatabaseFailures { get; } = new(
            meter, "tasksbus.database.failures", "{transaction}",
            "Transactions and requests that failed because the database was away.");

        public Tally BrokerFailures { get; } = new(
            meter, "tasksbus.broker.failures", "{failure}", "Times that the dispatcher could not reach the broker and let another lead.");

        public QueueGauge Queues { get; } = new(meter);

        public Tally WorkersLost { get; } = new(
            meter, "tasksbus.worker.lost", "{worker}", "Workers that were silent for a lease and that this process declared dead.");

        public Histogram<double> InvocationDuration { get; } = meter.CreateHistogram(
            "tasksbus.invocation.duration", "s", "Invocations of functions. By function and result.", advice: s_seconds);

        public Counter<long> Throttled { get; } = meter.CreateCounter<long>(
            "tasksbus.invocation.throttled", "{invocation}",
            "Invocations that Lambda throttled, or that wait because it did. By function.");

        public Counter<long> NotRun { get; } = meter.CreateCounter<long>(
            "tasksbus.invocation.not_run", "{invocation}",
            "Invocations that did not run and are tried again. By function and error.type.");
    }

    /// <summary>Reports nothing until there is something to ask.</summary>
    private sealed class QueueGauge
    {
        public QueueGauge(Meter meter) => meter.CreateObservableGauge<int>(
            "tasksbus.queues.taken", () => AreTaken is { } ask ? [new(ask() ? 1 : 0)] : [], "{process}",
            "1 while the process takes from all its queues, 0 if the broker is away or refuses one.");

        public Func<bool>? AreTaken { get; set; }
    }

    /// <summary>
    /// Counts what may happen once. It is reported from 0 on, because Prometheus sees no increase in a series that begins with 1.
    /// </summary>
    private sealed class Tally
    {
        private long _count;

        public Tally(Meter meter, string name, string unit, string description) =>
            meter.CreateObservableCounter(name, () => Interlocked.Read(ref _count), unit, description);

        public void Add() => Interlocked.Increment(ref _count);
    }
}
