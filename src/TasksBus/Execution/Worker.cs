using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Execution;

/// <summary>
/// Takes released tasks into free slots: claims, invokes, reports. The claim is committed before the function is invoked, and an outcome is
/// kept until it is stored.
/// </summary>
internal sealed partial class Worker : IHostedService, IDisposable
{
    private readonly TaskTransitions _transitions;
    private readonly TaskInvocation _invocation;
    private readonly WarmUp _warmUp;
    private readonly TimeSpan _deadlineMargin;
    private readonly Reports _reports;
    private readonly IFunctionInvoker _invoker;
    private readonly HashSet<string>? _functions;
    private readonly IWorkerLeases _leases;
    private readonly IWorkerList _others;
    private readonly Signals _signals;
    private readonly TasksBusOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<Worker> _logger;
    private readonly TaskMetrics _metrics;
    private readonly FreshTasks _fresh;
    private readonly IExecuteQueue _queue;
    private readonly Slots _slots;

    /// <summary>The running tasks by their claims, each with the lease under which it was claimed.</summary>
    private readonly ConcurrentDictionary<Guid, WorkerLease> _running = [];

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Drain _drain;
    private readonly Lock _leavingOnce = new();
    private Task _beating = Task.CompletedTask;
    private Task? _leaving;
    private volatile WorkerLease _lease;
    private volatile int _mostOffered = int.MaxValue;
    private long _claims;

    public Worker(
        IWorkerLeases leases, IWorkerList others, TaskTransitions transitions, FreshTasks fresh, IFunctionInvoker invoker,
        KeptResults results, IExecuteQueue queue, Signals signals, IOptions<TasksBusOptions> options, IHostApplicationLifetime lifetime,
        WorkerStatus status, TaskMetrics metrics, TimeProvider clock, ILogger<Worker> logger)
    {
        (_fresh, _queue, _invoker, _others, _metrics) = (fresh, queue, invoker, others, metrics);
        (_leases, _transitions, _signals, _options, _clock, _logger) = (leases, transitions, signals, options.Value, clock, logger);
        _functions = invoker.Functions?.ToHashSet(StringComparer.Ordinal);
        _lease = new(leases, _options.WorkerLease, clock, logger);
        _slots = new(_options.WorkerSlots);
        _warmUp = new(transitions, invoker, clock, logger);
        _deadlineMargin = TaskInvocation.DeadlineMargin(invoker);
        _invocation = new(invoker, _options.TaskTimeLimit, results, metrics, clock, logger);
        _reports = new(transitions, clock, logger);
        _drain = new(lifetime, _options.DrainTimeout, clock, begun: () => _ = LeaveOnce());
        status.Ask(() => _lease is { Registered.IsCompleted: true, HasMargin: true } && !_stopping.IsCancellationRequested);
        metrics.Observe(Pool, () => _stopping.IsCancellationRequested ? 0 : Offered, () => _running.Count, () => status.TakesTasks);
    }

    public string Pool => _options.Pool;

    /// <summary>Starts to take tasks as soon as the broker and the database are there. Neither delays the process.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _beating = Task.Run(TakePartAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Waits until the worker has stopped. It began to stop when the server was told to.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => LeaveOnce();

    /// <summary>
    /// Offers room once everything is warm and the queue is consumed, because tasks released before would wait for nobody. Then it sends
    /// heartbeats until the end. A lost lease never revives. The worker goes on as a new one, with a new id.
    /// </summary>
    private async Task TakePartAsync()
    {
        await _warmUp.RunAsync(_lease.WorkerId, _stopping.Token);
        await UntilDoneAsync(async token =>
        {
            await RequirePoolAsync(token);
            await _queue.StartAsync(Pool, token);
        }, _stopping.Token);
        while (!_ended.IsCancellationRequested)
        {
            if (_lease.IsLost)
            {
                _lease = new(_leases, _options.WorkerLease, _clock, _logger);
            }

            await RegisterAsync();
            await _lease.KeepAsync(() => Offered, _ended.Token);
        }
    }

    /// <summary>
    /// The slots that this worker offers under its lease. Functions that still run under an earlier lease, which the store does not count
    /// any more, hold slots all the same. So do functions that go on although their tasks have ended.
    /// </summary>
    private int Offered
    {
        get
        {
            var lease = _lease;
            return Math.Max(0, Math.Min(_slots.Offered, _mostOffered) - _running.Values.Count(other => other != lease) - _goingOn);
        }
    }

    /// <summary>Completes when the worker takes tasks for the first time.</summary>
    internal Task Ready => _lease.Registered;

    /// <summary>Offers no more than this many of its slots from now on, and tells the store so.</summary>
    internal Task OfferAtMostAsync(int slots)
    {
        _mostOffered = slots;
        return _lease.BeatAsync(Offered, _ended.Token);
    }

    /// <summary>Called when a slot that was held under an earlier lease is free.</summary>
    private async Task OfferMoreAsync()
    {
        if (_lease is { IsLost: false, Registered.IsCompleted: true } lease && !_stopping.IsCancellationRequested)
        {
            await lease.BeatAsync(Offered, _ended.Token);
            _signals.RoomOffered();
        }
    }

    private async Task RegisterAsync()
    {
        await UntilDoneAsync(token => _lease.RegisterAsync(Pool, Offered, _invoker.Functions, token), _ended.Token);
        // There is room now. Tasks that fell due before must not wait for the next poll.
        _signals.RoomOffered();
        _logger.WorkerStarted(_lease.WorkerId, Pool, _options.WorkerSlots);
    }

    /// <summary>Tries until it works, because the broker and the database may start later than the worker.</summary>
    private Task<bool> UntilDoneAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken) =>
        Backoff.RetryAsync<bool, Exception>(_clock, async () =>
        {
            await step(cancellationToken);
            return true;
        }, exception =>
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                _logger.NotStarted(exception);
            }
        }, cancellationToken);

    public void Dispose()
    {
        _drain.Dispose();
        _slots.Dispose();
        _stopping.Dispose();
        _ended.Dispose();
    }

    /// <summary>
    /// Claims the tasks, in their order, as slots become free, and starts them. It does not wait for a slot that is not free within a
    /// moment. It returns once the claims are committed.
    /// </summary>
    /// <returns>The tasks without a slot. Another worker may have one.</returns>
    public async Task<IReadOnlyList<TaskId>> TakeAsync(IReadOnlyList<TaskId> ids)
    {
        // The queue is consumed a moment before the store knows the worker. Until then the store would refuse every claim.
        await _lease.Registered.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Task> claims = new(ids.Count);
        while (claims.Count < ids.Count && await _slots.TryTakeAsync())
        {
            claims.Add(ClaimAndStartAsync(ids[claims.Count]));
        }

        await Task.WhenAll(claims);
        return [.. ids.Skip(claims.Count)];
    }

    private async Task ClaimAndStartAsync(TaskId id)
    {
        var lease = _lease;
        Claimed? claimed = null;
        try
        {
            claimed = await ClaimAsync(id, lease.WorkerId);
        }
        finally
        {
            if (claimed is null)
            {
                _slots.Release();
            }
        }

        if (claimed is not null)
        {
            _ = Task.Run(() => RunAsync(claimed.Value, lease), CancellationToken.None);
        }
    }

    /// <summary>
    /// Returns the claimed task, or null when it is not to be run here. While the database is away the claim is kept and tried again.
    /// </summary>
    private async Task<Claimed?> ClaimAsync(TaskId id, Guid workerId)
    {
        var (claimId, function, askedAt) = (NewClaimId(workerId), FunctionPolicy.Unmanaged, _clock.GetTimestamp());
        var result = await Backoff.RetryAsync<TransitionResult, StoreUnavailableException>(
            _clock, () => _transitions.RaiseWithFunctionsAsync(id, EventKind.Claim, Claim, _fresh.Take(id)), _logger.ClaimWaits,
            _stopping.Token);
        // After a commit of unknown outcome the task may have this claim already.
        if (result.Task is not { Status: TaskStates.InProgress } task || task.ClaimId != claimId)
        {
            return null;
        }

        var elapsed = _clock.GetElapsedTime(askedAt);
        _metrics.Claimed(Pool, elapsed);
        return new(task, function, elapsed, result.Outcome == TransitionOutcome.Applied);

        TaskClaimed? Claim(TaskRecord? task, FunctionPolicies functions)
        {
            if (task is not null && !Has(task.FunctionName))
            {
                // The dispatcher puts such tasks aside. It learns of a new worker, and of what that lacks, a moment later.
                return null;
            }

            function = task is null ? FunctionPolicy.Unmanaged : functions.Of(task.FunctionName);
            return new(id.ToGuid(), claimId, workerId, function.TimeLimitWithin(_options.TaskTimeLimit) + _deadlineMargin);
        }
    }

    /// <summary>Makes a unique claim id from the first half of the worker's id and a number. Random ids need a system call each.</summary>
    private Guid NewClaimId(Guid workerId)
    {
        Span<byte> bytes = stackalloc byte[16];
        workerId.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Interlocked.Increment(ref _claims));
        return new Guid(bytes);
    }

    private async Task RunAsync(Claimed claimed, WorkerLease lease)
    {
        var (task, function, took, isFresh) = claimed;
        // The task has no claim any more once it was given back.
        var claimId = task.ClaimId!.Value;
        _running[claimId] = lease;
        var (rest, goesOn) = (Task.CompletedTask, false);
        var now = _clock.GetUtcNow();
        using var run = TaskTraces.Run(task, now - took, now);
        using var scope = _logger.RunOf(task.Id, task.FunctionName);
        try
        {
            var report = await _invocation.RunAsync(task, function, lease, isFresh ? TimeSpan.Zero : took, left => rest = left);
            goesOn = !rest.IsCompleted;
            if (goesOn)
            {
                await OfferLessAsync(task);
            }

            using (TaskTraces.Report(run, Outcomes.ErrorNameOf(report)))
            {
                await _reports.StoreAsync(task, report, _ended.Token);
            }
        }
        finally
        {
            _running.TryRemove(claimId, out _);
            if (goesOn)
            {
                await UntilReturnedAsync(task, rest);
            }

            _slots.Release();
            if (goesOn || lease != _lease)
            {
                await OfferMoreAsync();
            }
        }
    }

    /// <param name="Function">The function's settings when the claim was committed.</param>
    /// <param name="Took">How long ago the claim was asked for.</param>
    /// <param name="IsFresh">False when an earlier try may have committed the claim, at any time since.</param>
    private readonly record struct Claimed(TaskRecord Task, FunctionPolicy Function, TimeSpan Took, bool IsFresh);
}
