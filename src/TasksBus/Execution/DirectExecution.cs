using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Execution;

/// <summary>
/// Runs functions for callers who wait for the answer, without the ready queue, in the process that was called. The task is stored as
/// running before its function is invoked, under this process's own lease. So a task of a process that died is cleaned up like any other. A
/// run that has begun does not depend on its caller: it is reported even when nobody waits for it any more.
/// </summary>
/// <param name="invoker">Null when this process reaches no Lambda.</param>
public sealed class DirectExecution(
    IFunctionPolicyStore policies, IWorkerLeases leases, TaskTransitions transitions, IOptions<TasksBusOptions> options,
    KeptResults results, TaskMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<DirectExecution> logger, IFunctionInvoker? invoker = null) : IHostedService, IDisposable
{
    /// <summary>The longest time that a function may run directly.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    private readonly FunctionSlots _slots = new(options.Value.MaxDirectExecutions, options.Value.FunctionShare);
    private readonly Reports _reports = new(transitions, clock, logger);
    private readonly Drain _drain = new(lifetime, options.Value.DrainTimeout, clock);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _registering = new();
    private Task<WorkerLease>? _lease;
    private Task _beating = Task.CompletedTask;

    /// <summary>The places of large bodies that are arriving.</summary>
    public FunctionSlots Bodies { get; } = new(options.Value.MaxDirectExecutions, options.Value.FunctionShare);

    /// <summary>Refuses at once what would be refused later, so that the body need not be read.</summary>
    /// <exception cref="CommandRefusedException">Nothing can be executed for a caller now.</exception>
    public void RequireRoom(string functionName)
    {
        RequireInvoker();
        if (!_slots.HasRoom(functionName))
        {
            throw Full();
        }
    }

    /// <summary>The refusal of a caller for whom there is no room.</summary>
    public CommandRefusedException Full() => new(ErrorCode.ConcurrentExecutionLimit,
        $"This server executes as many functions directly already as TasksBus:MaxDirectExecutions ({options.Value.MaxDirectExecutions}) "
        + $"and TasksBus:FunctionShare ({_slots.Share} of one function) allow. Try again, or schedule a task.");

    /// <summary>Stores a task that is valid by the rules as running, runs its function once, and stores how it ended.</summary>
    /// <param name="read">Makes the task, once there is room for it.</param>
    /// <param name="userId">The calling user, 24 hex digits, if known.</param>
    /// <param name="applicationId">The calling application, 24 hex digits, if known.</param>
    /// <exception cref="CommandRefusedException">The task may not run, and nothing was stored. The refusal says why.</exception>
    /// <exception cref="StoreUnavailableException">The database is away, and the function was not invoked.</exception>
    public async Task<DirectRun> ExecuteAsync(
        string functionName, Func<ScheduleTask> read, string? userId = null, string? applicationId = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        RequireInvoker();
        if (FaultOf(functionName, policies.Functions) is not null)
        {
            // Before the refusal, the functions are read again, because others may have changed them a moment ago.
            await policies.RefreshFunctionsAsync(CancellationToken.None);
            Admit(functionName, policies.Functions);
        }

        if (!_slots.TryTake(functionName))
        {
            throw Full();
        }

        try
        {
            var task = read() with
            {
                CreatedByUserId = userId,
                CreatedByApplicationId = applicationId,
                TraceParent = TaskTraces.Current,
            };
            return await RunAsync(task, new(invoker!, LongestTime, results, metrics, clock, logger));
        }
        finally
        {
            _slots.Release(functionName);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for running functions, and then resigns the lease.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _slots.All.Close();
        await _drain.WaitAsync(_slots.All);
        await _ended.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_lease is not { IsCompletedSuccessfully: true } lease)
        {
            return;
        }

        (await lease).GiveUp();
        try
        {
            await leases.RemoveWorkerAsync((await lease).WorkerId, _drain.Ended);
        }
        catch (Exception exception)
        {
            // If this fails, the silence says the same, a lease later.
            logger.HeartbeatFailed(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _slots.Dispose();
        Bodies.Dispose();
        _drain.Dispose();
        _ended.Dispose();
    }

    private async Task<DirectRun> RunAsync(ScheduleTask task, TaskInvocation invocation)
    {
        var lease = await LeaseAsync();
        if (!lease.HasMargin)
        {
            throw new StoreUnavailableException("The lease of this process could not be renewed in time, so the function was not invoked.");
        }

        var (id, claimId, timeLimit) = (TaskId.New(clock), Guid.NewGuid(), LongestTime);
        var begun = await transitions.RaiseWithFunctionsAsync(id, EventKind.MakeTask, (_, functions) =>
        {
            timeLimit = Admit(task.FunctionName, functions).TimeLimitWithin(LongestTime);
            return new TaskExecutedDirectly(
                id.ToGuid(), task, claimId, lease.WorkerId, timeLimit + TaskInvocation.DeadlineMargin(invoker!));
        }, dataLength: TaskTransitions.DataLength(task));

        if (begun.Task is not { Status: TaskStates.InProgress } running || running.ClaimId != claimId)
        {
            // The commit arrived so late that the task has been ended since.
            throw new StoreUnavailableException("The database confirmed too late that the task runs, so the function was not invoked.");
        }

        var result = await invocation.InvokeAsync(running, timeLimit, lease);
        var report = invocation.Ending(running, result);
        if (report is FunctionFailed failed)
        {
            // No policy retries this task. The caller learns of the failure and may try again.
            report = failed with { MayBeRetried = false };
        }

        var data = running.Data;
        var ended = (await _reports.StoreAsync(running, report, _ended.Token)).Task!;
        // If the task was read again, it was read without its input.
        ended.Data = data;
        // The caller gets the result itself, whole.
        (ended.Result, ended.IsResultDropped) = (null, false);
        return new(ended, result);
    }

    private void RequireInvoker()
    {
        if (invoker is null)
        {
            throw NotReached.Refused();
        }
    }

    /// <summary>Returns the function's settings, if they allow direct execution.</summary>
    /// <exception cref="CommandRefusedException">The settings do not allow it.</exception>
    private FunctionPolicy Admit(string functionName, FunctionPolicies functions) =>
        FaultOf(functionName, functions) is { } fault ? throw fault : functions.Of(functionName);

    /// <summary>Returns why the function may not run directly. Null when it may.</summary>
    private CommandRefusedException? FaultOf(string functionName, FunctionPolicies functions)
    {
        var function = functions.Of(functionName);
        return options.Value.OnlyRegisteredFunctions && functions != FunctionPolicies.NotRead && !functions.Contains(functionName)
                ? new(ScheduleRules.NotRegistered(functionName))
            : !function.IsEnabled ? new(ErrorCode.LambdaInvocation, $"The function '{functionName}' is disabled. Enable it first.")
            : function.TimeLimit > LongestTime
                ? new(ErrorCode.TimeLimitExceedsDirectExecutionMaximum,
                    $"The function '{functionName}' has a time limit of {function.TimeLimit.Value.TotalSeconds:0} seconds; "
                    + $"at most {LongestTime.TotalSeconds:0} can be executed directly. Schedule a task, or lower the limit.")
            : null;
    }

    /// <summary>
    /// Returns the lease of this process. It is taken when it is first needed, and again, under another id, when it was lost.
    /// </summary>
    private Task<WorkerLease> LeaseAsync()
    {
        lock (_registering)
        {
            return _lease is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsLost: false } ? _lease
                : _lease = RegisterAsync();
        }
    }

    private async Task<WorkerLease> RegisterAsync()
    {
        var lease = new WorkerLease(leases, options.Value.WorkerLease, clock, logger);
        await lease.RegisterAsync(PoolNames.DirectExecution, 0, null, _ended.Token);
        _beating = lease.KeepAsync(static () => 0, _ended.Token);
        return lease;
    }
}
